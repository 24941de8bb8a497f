import './offline.ts';
import { describe, expect, test } from 'vitest';
import { auroraWithSlack, fleetOf, oneInstance } from './examples.ts';
import { allows, listOf, recordOf, statementsOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, type Synthesis, synthesize } from './synth.ts';

const one = synthesize(oneInstance);

function alarmsOf(synthesis: Synthesis) {
  return ofType(synthesis, 'AWS::CloudWatch::Alarm');
}

/** Follows every action of every alarm to the policies that have to let CloudWatch publish. */
function walk(synthesis: Synthesis): { readonly topics: Set<string>; readonly problems: string[] } {
  const problems: string[] = [];
  const topics = new Set<string>();
  for (const [id, { AlarmActions, OKActions }] of alarmsOf(synthesis)) {
    const actions = [...listOf(AlarmActions), ...listOf(OKActions)];
    if (listOf(AlarmActions).length !== 1 || listOf(OKActions).length !== 1)
      problems.push(`${id}: not one action each`);
    for (const action of actions)
      topics.add(fromNested(synthesis, String(resolve(synthesis.template, action))));
  }
  for (const arn of topics) {
    const topic = ofType(synthesis, 'AWS::SNS::Topic').find(([id]) => arn.endsWith(`:${id}`));
    if (!topic) continue;
    const policies = ofType(synthesis, 'AWS::SNS::TopicPolicy').flatMap(([, { Topics, PolicyDocument }]) =>
      listOf(resolve(synthesis.template, Topics)).includes(arn)
        ? statementsOf(synthesis, PolicyDocument)
        : [],
    );
    const byAlarms = policies.filter(({ principals }) => principals.includes('cloudwatch.amazonaws.com'));
    if (!allows(byAlarms, 'sns:Publish', arn)) problems.push(`${arn}: alarms may not publish`);
    const keyArn = String(resolve(synthesis.template, topic[1]['KmsMasterKeyId']));
    const keys = ofType(synthesis, 'AWS::KMS::Key').filter(([id]) => keyArn.endsWith(`/${id}`));
    const byKey = keys
      .flatMap(([, { KeyPolicy }]) => statementsOf(synthesis, KeyPolicy))
      .filter(({ principals }) => principals.includes('cloudwatch.amazonaws.com'));
    for (const action of ['kms:Decrypt', 'kms:GenerateDataKey'])
      if (!allows(byKey, action, keyArn)) problems.push(`${keyArn}: alarms may not ${action}`);
  }
  return { topics, problems };
}

/** In a nested stack the topic is a parameter that its parent fills in. */
function fromNested(synthesis: Synthesis, value: string): string {
  for (const [, { Parameters }] of ofType(synthesis, 'AWS::CloudFormation::Stack')) {
    const passed = recordOf(Parameters)[value];
    if (passed !== undefined) return String(resolve(synthesis.template, passed));
  }
  return value;
}

test.each([
  ['one instance', oneInstance],
  ['an Aurora cluster', auroraWithSlack],
  ['a fleet of 60', fleetOf(60)],
])(
  'every alarm of %s, and its recovery, can reach its topic through topic policy and key policy',
  (_, config) => {
    const synthesis = synthesize(config);
    const { topics, problems } = walk(synthesis);
    expect(problems).toEqual([]);
    expect([...topics]).toEqual([expect.stringContaining('SafetyNet')]);
  },
);

test('the safety net speaks on another topic than the guard', () => {
  const [topic] = walk(one).topics;
  expect(JSON.stringify(resolve(one.template, ofType(one, 'AWS::Lambda::Function')))).not.toContain(topic);
});

test('every alarm says what it means and what to do first', () => {
  for (const [, { AlarmDescription }] of alarmsOf(synthesize(fleetOf(3)))) {
    expect(AlarmDescription).toContain('First:');
    expect(String(AlarmDescription).length).toBeLessThanOrEqual(1024);
  }
});

describe('the alarms of a database', () => {
  const named = (name: string, synthesis: Synthesis = one) =>
    alarmsOf(synthesis).find(([id]) => id.includes(name))?.[1];

  test('5 minutes without a successful check, or without any data, is an alarm', () => {
    expect(named('ordersSilent')).toMatchObject({
      MetricName: 'CheckSucceeded',
      Namespace: 'RdsConnectionGuard',
      Dimensions: [{ Name: 'Database', Value: 'orders' }],
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 5,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
  });

  test('the critical threshold, in the form it was given, reached in 3 of 5 minutes', () => {
    const fleet = synthesize(fleetOf(3));
    const window = { EvaluationPeriods: 5, DatapointsToAlarm: 3, TreatMissingData: 'ignore' };
    expect(named('tenant001Critical', fleet)).toMatchObject({
      MetricName: 'ConnectionUtilization',
      Threshold: 85,
      ...window,
    });
    expect(named('tenant002Critical', fleet)).toMatchObject({
      MetricName: 'ConnectionsUsed',
      Threshold: 150,
      ...window,
    });
    expect(named('tenant003Critical', fleet)).toMatchObject({
      Metrics: expect.arrayContaining([expect.objectContaining({ Expression: '100 * used / share - used' })]),
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      Threshold: 20,
      ...window,
    });
  });

  test('a server that refuses the guard shows no utilisation, so that has its own alarm', () => {
    expect(named('ordersFull')).toMatchObject({
      MetricName: 'ConnectionsRefused',
      Threshold: 1,
      DatapointsToAlarm: 3,
    });
  });
});

test('the guard’s own health has alarms on what AWS measures', () => {
  const own = alarmsOf(one).flatMap(([id, { Namespace, MetricName }]) =>
    id.includes('AlarmsGuard') ? [`${String(Namespace)} ${String(MetricName)}`] : [],
  );
  expect(own).toEqual([
    'AWS/Lambda Errors',
    'AWS/Lambda Throttles',
    'AWS/Lambda Duration',
    'AWS/SQS ApproximateNumberOfMessagesVisible',
    'AWS/SNS NumberOfNotificationsFailed',
    'AWS/SNS NumberOfNotificationsFailed',
  ]);
});
