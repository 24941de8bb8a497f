import { CfnResource, Lazy, Stack } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * CDK lets a resource wait for its role and for the policies of the role. The first goes without saying, for the
 * resource refers to it, and cfn-lint (W3005) says so; the second is needed, or the first minutes after a deployment
 * find a role that may do nothing yet.
 */
export function dependOnPolicies(construct: IConstruct, role: IConstruct): void {
  const resource = construct.node.defaultChild ?? construct;
  if (!(resource instanceof CfnResource)) return;
  resource.node.addDependency(role);
  resource.addOverride(
    'DependsOn',
    Lazy.any({
      produce: () => {
        const policies = resource.obtainDependencies().filter((other) => !(other instanceof CfnRole));
        const ids = policies.flatMap((other) => (other instanceof Stack ? [] : [other.logicalId]));
        return ids.length > 0 ? ids : undefined;
      },
    }),
  );
}
