import './offline.ts';
import { Stack } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { consoleLink } from '../../infra/console-link.ts';
import { oneInstance } from './examples.ts';
import { recordOf } from './policies.ts';
import { ofType, synthesize } from './synth.ts';

test.each([
  ['eu-central-1', 'https://eu-central-1.console.aws.amazon.com/a?region=eu-central-1#b'],
  ['cn-north-1', 'https://cn-north-1.console.amazonaws.cn/a?region=cn-north-1#b'],
  ['us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/a?region=us-gov-west-1#b'],
  ['eusc-de-east-1', 'https://eusc-de-east-1.console.amazonaws-eusc.eu/a?region=eusc-de-east-1#b'],
  ['us-iso-east-1', undefined],
  ['us-isob-east-1', undefined],
  ['eu-isoe-west-1', undefined],
  ['us-isof-south-1', undefined],
])('a page of the console in %s: %s', (region, url) => {
  expect(consoleLink(new Stack(undefined, 'S', { env: { region } }), 'a', 'b')?.url).toBe(url);
});

/** What of the stack for a region may hold a link: the function's environment, the outputs and the messages of the synthesis. */
function linksIn(region: string | undefined) {
  const synthesis = synthesize({ ...oneInstance, region });
  const functions = ofType(synthesis, 'AWS::Lambda::Function').map(([, { Environment }]) =>
    recordOf(recordOf(Environment)['Variables']),
  );
  return { ...synthesis, variables: functions[0] ?? {} };
}

test('in an isolated partition the stack has no link to a console, and says so', () => {
  const { variables, template, messages } = linksIn('us-iso-east-1');
  expect(Object.keys(variables)).not.toContain('GUARD_DASHBOARD_URL');
  expect(Object.keys(variables)).not.toContain('GUARD_LOG_QUERY_URL');
  expect(template.Outputs).not.toHaveProperty('GuardDashboardUrl');
  expect(JSON.stringify(template)).not.toContain('https://us-iso-east-1');
  expect(messages.join()).toContain('link to none');
});

test('where the region is known only at deployment, CloudFormation leaves the links out of isolated partitions', () => {
  const { variables, template } = linksIn(undefined);
  const { Conditions, Mappings, Outputs } = recordOf(template);
  const [condition = ''] = Object.keys(recordOf(Conditions)).filter((id) => id.endsWith('HasConsole'));
  for (const name of ['GUARD_DASHBOARD_URL', 'GUARD_LOG_QUERY_URL'])
    expect(recordOf(variables[name])['Fn::If']).toEqual([
      condition,
      expect.anything(),
      { Ref: 'AWS::NoValue' },
    ]);
  expect(recordOf(Outputs)['GuardDashboardUrl']).toMatchObject({ Condition: condition });
  const [domains] = Object.values(recordOf(Mappings));
  expect(domains).toMatchObject({
    'aws-iso-f': { domain: 'none' },
    aws: { domain: 'console.aws.amazon.com' },
  });
});
