import { Effect, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** What Lambda does to put a function into a VPC, on behalf of the function's role. */
const INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Lets Lambda put functions of this role into a VPC: CDK adds nothing to a role that is given. */
export function allowVpc(role: IRole): void {
  role.addToPrincipalPolicy(
    new PolicyStatement({ sid: 'EnterVpc', actions: INTERFACE_ACTIONS, resources: ['*'] }),
  );
}

/** Lambda needs the interface actions, the code never does (Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC"). */
export function denyInterfacesToCode(scope: Construct, fn: IFunction, role: IRole): void {
  const policy = new Policy(scope, 'NoInterfacesForCode', {
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        actions: INTERFACE_ACTIONS,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': fn.functionArn } },
      }),
    ],
  });
  policy.attachToRole(role);
}
