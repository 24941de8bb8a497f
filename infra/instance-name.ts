import { Reference, Token, Tokenization } from 'aws-cdk-lib';
import type { IDatabaseCluster } from 'aws-cdk-lib/aws-rds';

/** Its identifier, or its id in the construct tree while CloudFormation has yet to name it; never its place in a list. */
export function instanceName(
  cluster: IDatabaseCluster,
  identifier: string | undefined,
  index: number,
): string {
  if (identifier !== undefined && !Token.isUnresolved(identifier)) return identifier;
  const token = identifier === undefined ? undefined : Tokenization.reverseString(identifier).firstToken;
  if (!Reference.isReference(token)) return String(index + 1);
  // The resource itself is called Resource inside its construct.
  const { target } = token;
  const owner = target.node.id === 'Resource' ? target.node.scope : target;
  return owner === undefined || owner === cluster ? String(index + 1) : owner.node.id;
}
