import './offline.ts';
import { describe, expect, test } from 'vitest';
import { fleetOf } from './examples.ts';
import { listOf, recordOf } from './policies.ts';
import { resolve } from './resolve.ts';
import { ofType, type Synthesis, synthesize } from './synth.ts';

// The limits are AWS's: CloudFormation, IAM, EventBridge Scheduler and CloudWatch user guides, "Quotas".

describe.each([1, 25, 26, 500])('%i databases', (size) => {
  const fleet = synthesize(fleetOf(size));

  test('fit into templates of 500 resources, 200 outputs and 1 MB', () => {
    for (const { Resources, Outputs, Description = '' } of [fleet.template, ...fleet.nested]) {
      expect(Description.length).toBeLessThanOrEqual(1024);
      for (const { Description: text = '' } of Object.values(Outputs ?? {}))
        expect(text.length).toBeLessThanOrEqual(1024);
      expect(Object.keys(Resources).length).toBeLessThanOrEqual(500);
      expect(Object.keys(Outputs ?? {}).length).toBeLessThanOrEqual(200);
    }
    expect(fleet.biggest).toBeLessThan(1_000_000);
    // CDK warns from 80 % of a limit on.
    expect(fleet.messages).toEqual([]);
  });

  test('are in one event each, and no event is over 25 databases or 256 KB', () => {
    const inputs = ofType(fleet, 'AWS::Scheduler::Schedule').map(([, { Target }]) =>
      String(recordOf(Target)['Input']),
    );
    const names = inputs.flatMap((input) => {
      expect(Buffer.byteLength(input)).toBeLessThanOrEqual(256 * 1024);
      const { databases } = recordOf(JSON.parse(input));
      expect(listOf(databases).length).toBeLessThanOrEqual(25);
      return listOf(databases).map((database) => recordOf(database)['name']);
    });
    expect(inputs).toHaveLength(Math.ceil(size / 25));
    expect(new Set(names).size).toBe(size);
  });

  test('have three alarms each, with descriptions within 1024 characters', () => {
    const alarms = ofType(fleet, 'AWS::CloudWatch::Alarm').filter(([id]) =>
      /(?:Silent|Critical|Full)[0-9A-F]{8}$/.test(id),
    );
    expect(alarms).toHaveLength(3 * size);
    for (const [, { AlarmDescription }] of alarms)
      expect(String(AlarmDescription).length).toBeLessThanOrEqual(1024);
  });

  test('can be logged in to, each by an exact ARN, within 10 managed policies of 6144 characters', () => {
    const { managed, inline, logins } = policiesOf(fleet);
    expect(managed.length).toBeLessThanOrEqual(10);
    for (const document of managed) expect(document.length).toBeLessThanOrEqual(6144);
    expect(inline).toBeLessThanOrEqual(10_240);
    expect(logins.size).toBe(size);
    expect([...logins].some((arn) => arn.includes('*'))).toBe(false);
  });

  test('have one dashboard of at most 500 widgets', () => {
    const [[, dashboard] = ['', {}], ...others] = ofType(fleet, 'AWS::CloudWatch::Dashboard');
    expect(others).toEqual([]);
    const body = recordOf(JSON.parse(String(resolve(fleet.template, dashboard['DashboardBody']))));
    expect(listOf(body['widgets']).length).toBeLessThanOrEqual(500);
  });
});

test('501 databases are refused, with the way out', () => {
  expect(() => synthesize(fleetOf(501))).toThrow('at most 500 in one stack; give the others a second file');
});

function policiesOf(fleet: Synthesis) {
  const documents = (type: string) =>
    ofType(fleet, type).map(([id, { PolicyDocument }]) => ({
      id,
      text: JSON.stringify(resolve(fleet.template, PolicyDocument)),
    }));
  const managed = documents('AWS::IAM::ManagedPolicy');
  const inline = documents('AWS::IAM::Policy').filter(({ id }) => !id.includes('Schedules'));
  const texts = [...managed, ...inline].map(({ text }) => text);
  return {
    managed: managed.map(({ text }) => text),
    inline: inline.reduce((sum, { text }) => sum + text.length, 0),
    logins: new Set(texts.flatMap((text) => text.match(/arn:aws:rds-db:[^"]+/g) ?? [])),
  };
}
