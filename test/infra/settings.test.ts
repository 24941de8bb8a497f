import { Duration } from 'aws-cdk-lib';
import type * as v from 'valibot';
import { expect, expectTypeOf, test } from 'vitest';
import type { DatabaseSettings } from '../../infra/config/database-settings.ts';
import { outerSchema } from '../../infra/config/entries.ts';
import type { NetworkSettings, NotifySettings } from '../../infra/config/network-settings.ts';
import { parseConfig } from '../../infra/config/parse-config.ts';
import type { configSchema } from '../../infra/config/schema.ts';
import type { ConfigInput } from '../../infra/config/settings.ts';
import { databaseSchema, type policySchema } from '../../lambda/config/database.ts';
import { oneInstance } from './examples.ts';

// The documented types against the schemas that check: a setting that only one of the two knows does not compile.

type Shape = v.InferInput<typeof configSchema>;
type Policy = v.InferInput<typeof policySchema>;
type KeysOf<Part> = keyof NonNullable<Part>;

test('every setting of the schemas is in the documented types, and none else', () => {
  expectTypeOf<keyof ConfigInput>().toEqualTypeOf<keyof Shape>();
  expectTypeOf<Omit<ConfigInput, 'databases' | 'defaults' | 'keyArns'>>().toExtend<
    Omit<Shape, 'databases' | 'defaults' | 'keyArns'>
  >();
  expectTypeOf<keyof NetworkSettings>().toEqualTypeOf<keyof Shape['network']>();
  expectTypeOf<keyof NotifySettings>().toEqualTypeOf<KeysOf<Shape['notify']>>();
  expectTypeOf<keyof DatabaseSettings>().toEqualTypeOf<keyof Policy>();
  for (const part of ['tls', 'alerts', 'reclaim', 'thresholds'] as const)
    expectTypeOf<KeysOf<DatabaseSettings[typeof part]>>().toEqualTypeOf<KeysOf<Policy[typeof part]>>();
  const entry = [...Object.keys(databaseSchema.entries), ...Object.keys(outerSchema.entries)];
  expect(entry).toContain('securityGroupId');
});

test('a duration may be CDK’s own, wherever seconds are', () => {
  const { databases } = parseConfig(
    {
      ...oneInstance,
      defaults: {
        sampleEvery: Duration.seconds(20),
        alerts: { remindAfter: { warning: Duration.hours(1) } },
      },
    },
    'x',
  );
  expect(databases[0]?.input).toMatchObject({ sampleEvery: 20, alerts: { remindAfter: { warning: 3600 } } });
});
