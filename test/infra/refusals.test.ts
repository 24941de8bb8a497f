import './offline.ts';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../infra/config/parse-config.ts';
import type { ConfigInput } from '../../infra/config/settings.ts';
import { ConfigurationError } from '../../lambda/config/validation.ts';
import { auroraWithSlack, fleetOf, oneInstance } from './examples.ts';
import { allows, listOf, recordOf, statementsOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, synthesize } from './synth.ts';

/** The configuration with the logs of all its databases. */
function withLogs(config: ConfigInput, postgresqlLogGroup: boolean | string = true): ConfigInput {
  return { ...config, databases: config.databases.map((entry) => ({ ...entry, postgresqlLogGroup })) };
}

const one = synthesize(withLogs(oneInstance));

describe('refusals of users', () => {
  test('may not be counted for a cluster and for a database under one name', () => {
    const [orders] = oneInstance.databases;
    const log = (name: string, postgresqlLogGroup: string) =>
      ({ ...orders, name, postgresqlLogGroup }) as (typeof oneInstance.databases)[number];
    const databases = [log('shop/a', 'cluster'), log('shop/b', 'cluster'), log('shop', 'instance')];
    expect(() => synthesize({ ...oneInstance, databases })).toThrow('the logs of "shop" twice');
  });

  test('are counted in the log that RDS exports, alarm in their first minute, and are graphed', () => {
    const [[, filter] = ['', {}]] = ofType(one, 'AWS::Logs::MetricFilter');
    expect(filter).toMatchObject({
      LogGroupName: '/aws/rds/instance/orders/postgresql',
      FilterPattern: expect.stringContaining('?"FATAL:  sorry, too many clients already"'),
      MetricTransformations: [
        { MetricName: 'LoginsRefused', MetricNamespace: 'RdsConnectionGuard/orders', MetricValue: '1' },
      ],
    });
    const alarms = ofType(one, 'AWS::CloudWatch::Alarm').filter(([id]) => id.includes('LoginsRefused'));
    expect(alarms.map(([, alarm]) => alarm)).toMatchObject([
      {
        MetricName: 'LoginsRefused',
        Namespace: 'RdsConnectionGuard/orders',
        Statistic: 'Sum',
        Threshold: 1,
        EvaluationPeriods: 1,
        TreatMissingData: 'notBreaching',
        AlarmActions: [expect.anything()],
      },
    ]);
    expect(JSON.stringify(ofType(one, 'AWS::CloudWatch::Dashboard'))).toContain('all clients of orders');
  });

  test('wake the guard: the filter names schedule and database, CloudWatch Logs may invoke, and the role may do its two calls', () => {
    const [[scheduleId] = ['']] = ofType(one, 'AWS::Scheduler::Schedule');
    const [[groupId] = ['']] = ofType(one, 'AWS::Scheduler::ScheduleGroup');
    const [[, filter] = ['', {}]] = ofType(one, 'AWS::Logs::SubscriptionFilter');
    expect(resolve(one.template, filter['FilterName'])).toBe(`${scheduleId}/orders`);
    const permissions = ofType(one, 'AWS::Lambda::Permission').map(([, { Principal, SourceArn }]) => [
      Principal,
      resolve(one.template, SourceArn),
    ]);
    expect(permissions).toEqual([
      ['logs.amazonaws.com', 'arn:aws:logs:eu-central-1:123456789012:log-group:*:*'],
    ]);
    const statements = ofType(one, 'AWS::IAM::Policy')
      .filter(([id]) => id.startsWith('GuardWake'))
      .flatMap(([, { PolicyDocument }]) => statementsOf(one, PolicyDocument));
    const schedule = `arn:aws:scheduler:eu-central-1:123456789012:schedule/${groupId}/${scheduleId}`;
    expect(allows(statements, 'scheduler:GetSchedule', schedule)).toBe(true);
    expect(allows(statements, 'scheduler:UpdateSchedule', schedule)).toBe(false);
    const guard = ofType(one, 'AWS::Lambda::Function').find(([id]) => id.startsWith('GuardFunction'))?.[0];
    const guardArn = `arn:aws:lambda:eu-central-1:123456789012:function:${guard}`;
    expect(allows(statements, 'lambda:InvokeFunction', guardArn)).toBe(true);
  });

  test('of a cluster are counted once, in the one log of its instances', () => {
    const aurora = synthesize(withLogs(auroraWithSlack, '/aws/rds/cluster/shop/postgresql'));
    const filters = ofType(aurora, 'AWS::Logs::MetricFilter').map(
      ([, { LogGroupName, MetricTransformations }]) => [
        LogGroupName,
        recordOf(listOf(MetricTransformations)[0])['MetricNamespace'],
      ],
    );
    expect(filters).toEqual([['/aws/rds/cluster/shop/postgresql', 'RdsConnectionGuard/shop']]);
  });

  test('of a fleet of 500 fit into templates of 500 resources and 1 MB', () => {
    const fleet = synthesize(withLogs(fleetOf(500)));
    expect(ofType(fleet, 'AWS::Logs::MetricFilter')).toHaveLength(500);
    for (const { Resources } of [fleet.template, ...fleet.nested])
      expect(Object.keys(Resources).length).toBeLessThanOrEqual(400);
    expect(fleet.biggest).toBeLessThan(1_000_000);
    expect(fleet.messages).toEqual([]);
  });

  test('are not counted, and nothing is woken, where no log is given', () => {
    const without = synthesize(oneInstance);
    expect(ofType(without, 'AWS::Logs::MetricFilter')).toEqual([]);
    expect(ofType(without, 'AWS::Lambda::Function')).toHaveLength(1);
  });
});

test('a log group that the endpoint does not tell has to be named', () => {
  expect(() => parseConfig(withLogs(auroraWithSlack), 'x')).toThrow(ConfigurationError);
  expect(() => parseConfig(withLogs(auroraWithSlack), 'x')).toThrow('/aws/rds/cluster/shop/postgresql');
});
