import * as cdk from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts one finding of cdk-nag at one construct, with the reason, for whoever runs it: we, or a team's own app. Before
 * aws-cdk-lib 2.257 there is nothing to accept it with: cdk-nag was another, and a team that runs that one says so itself.
 */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  if ('Validations' in cdk) cdk.Validations.of(construct).acknowledge({ id, reason });
}
