import { Aws, CfnMapping, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Where the console is, by partition. */
const DOMAINS = {
  aws: { domain: 'console.aws.amazon.com' },
  'aws-cn': { domain: 'console.amazonaws.cn' },
  'aws-eusc': { domain: 'console.amazonaws-eusc.eu' },
  'aws-us-gov': { domain: 'console.amazonaws-us-gov.com' },
};

/** A page of the console in the stack's region, `https://region.domain/page?region=region#fragment`. */
export function consoleUrl(scope: Construct, page: string, fragment: string): string {
  const stack = Stack.of(scope);
  const id = 'RdsConnectionGuardConsole';
  const existing = stack.node.tryFindChild(id);
  const mapping = existing instanceof CfnMapping ? existing : new CfnMapping(stack, id, { mapping: DOMAINS });
  const domain = mapping.findInMap(Aws.PARTITION, 'domain');
  return `https://${stack.region}.${domain}/${page}?region=${stack.region}#${fragment}`;
}
