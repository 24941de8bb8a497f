import type { TemplateJson } from './synth.ts';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** What `Ref` gives for a type, where it is not the logical id. */
const REFS: Readonly<Record<string, (id: string) => string>> = {
  'AWS::SNS::Topic': (id) => `arn:aws:sns:${REGION}:${ACCOUNT}:${id}`,
};

/** The ARN that `Fn::GetAtt: [id, Arn]` gives. */
const ARNS: Readonly<Record<string, (id: string) => string>> = {
  'AWS::DynamoDB::Table': (id) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${id}`,
  'AWS::KMS::Key': (id) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`,
  'AWS::Lambda::Function': (id) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}`,
  'AWS::Logs::LogGroup': (id) => `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*`,
  'AWS::SQS::Queue': (id) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${id}`,
  'AWS::CloudWatch::Alarm': (id) => `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${id}`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${ACCOUNT}:role/${id}`,
};

/** A value of the template as CloudFormation would deploy it: names are logical ids, ARNs well-formed, other attributes as given. */
export function resolve(
  { Resources, Mappings = {} }: TemplateJson,
  value: unknown,
  attributes: Readonly<Record<string, string>> = {},
): unknown {
  const inner = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(inner);
    if (typeof part !== 'object' || part === null) return part;
    if ('Ref' in part) {
      const id = String(part.Ref);
      return PSEUDO[id] ?? REFS[Resources[id]?.Type ?? '']?.(id) ?? id;
    }
    if ('Fn::GetAtt' in part && Array.isArray(part['Fn::GetAtt'])) {
      const [id, attribute] = part['Fn::GetAtt'].map(String);
      const type = Resources[id ?? '']?.Type ?? '';
      const given = attributes[attribute ?? ''];
      if (given !== undefined) return given;
      if (attribute === 'TopicName' || attribute === 'GroupId') return id;
      // An alarm of a nested stack, told to its parent.
      if (type === 'AWS::CloudFormation::Stack') return `${id}.${attribute}`;
      const arn = attribute === 'Arn' ? ARNS[type]?.(id ?? '') : undefined;
      if (arn === undefined) throw new Error(`no ${attribute} of ${type} here`);
      return arn;
    }
    if ('Fn::FindInMap' in part && Array.isArray(part['Fn::FindInMap'])) {
      const [map, first, second] = part['Fn::FindInMap'].map(inner).map(String);
      return Mappings[map ?? '']?.[first ?? '']?.[second ?? ''];
    }
    // The one condition is that the console has a host, as in the partition above.
    if ('Fn::If' in part && Array.isArray(part['Fn::If'])) return inner(part['Fn::If'][1]);
    if ('Fn::Join' in part && Array.isArray(part['Fn::Join'])) {
      const [separator, parts] = part['Fn::Join'];
      const resolved = inner(parts);
      return Array.isArray(resolved) ? resolved.join(String(separator)) : resolved;
    }
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, inner(item)]));
  };
  return inner(value);
}
