import { Aws, CfnCondition, CfnMapping, Fn, Stack } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';

/** Stands for a partition whose console has no host that a document names: nothing links to it. */
const NONE = 'none';

/** Where the console is, by partition. */
const DOMAINS: Readonly<Record<string, { domain: string }>> = {
  aws: { domain: 'console.aws.amazon.com' },
  'aws-cn': { domain: 'console.amazonaws.cn' },
  'aws-eusc': { domain: 'console.amazonaws-eusc.eu' },
  'aws-us-gov': { domain: 'console.amazonaws-us-gov.com' },
  'aws-iso': { domain: NONE },
  'aws-iso-b': { domain: NONE },
  'aws-iso-e': { domain: NONE },
  'aws-iso-f': { domain: NONE },
};

/** A page of the console. */
export interface ConsoleLink {
  readonly url: string;
  /** Whether there is such a page, where the region is known only at deployment. */
  readonly condition?: CfnCondition;
}

const MAPPING = 'RdsConnectionGuardConsole';
const CONDITION = 'RdsConnectionGuardHasConsole';

/** `https://region.domain/page?region=region#fragment` in the stack's region; undefined in an isolated partition. */
export function consoleLink(scope: Construct, page: string, fragment: string): ConsoleLink | undefined {
  const stack = Stack.of(scope);
  const at = (domain: string) =>
    `https://${stack.region}.${domain}/${page}?region=${stack.region}#${fragment}`;
  const { domain } = DOMAINS[RegionInfo.get(stack.region).partition ?? ''] ?? {};
  if (domain !== undefined) return domain === NONE ? undefined : { url: at(domain) };
  const made = stack.node.tryFindChild(MAPPING);
  const mapping = made instanceof CfnMapping ? made : new CfnMapping(stack, MAPPING, { mapping: DOMAINS });
  const found = mapping.findInMap(Aws.PARTITION, 'domain');
  const known = stack.node.tryFindChild(CONDITION);
  const condition =
    known instanceof CfnCondition
      ? known
      : new CfnCondition(stack, CONDITION, {
          expression: Fn.conditionNot(Fn.conditionEquals(found, NONE)),
        });
  return { url: at(found), condition };
}

/** The address as a property of a resource, which CloudFormation leaves out where there is no such page. */
export function addressOf({ url, condition }: ConsoleLink): string {
  return condition ? Fn.conditionIf(condition.logicalId, url, Aws.NO_VALUE).toString() : url;
}
