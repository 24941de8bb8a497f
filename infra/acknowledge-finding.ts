import * as cdk from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts one finding of cdk-nag at one construct, with the reason, for whoever runs it: we, or a team's own app. Before
 * aws-cdk-lib 2.257 there is nothing to accept it with: cdk-nag was another, and a team that runs that one says so itself.
 */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  if ('Validations' in cdk) cdk.Validations.of(construct).acknowledge({ id, reason });
}

/** Accepts that a policy at `construct` names resources by a wildcard. */
export function acknowledgeWildcard(construct: IConstruct, resource: string, reason: string): void {
  acknowledge(
    construct,
    `AwsSolutions-IAM5[Resource::${flattened(cdk.Stack.of(construct).resolve(resource))}]`,
    reason,
  );
}

/** A resolved text as cdk-nag writes it: with `<LogicalId>` for what CloudFormation fills in. */
function flattened(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value) return `<${String(value.Ref)}>`;
  const join: unknown = 'Fn::Join' in value ? value['Fn::Join'] : undefined;
  const parts: unknown = Array.isArray(join) ? join[1] : undefined;
  return Array.isArray(parts) ? parts.map(flattened).join('') : '';
}
