import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { parseConfig } from '../../infra/config/parse-config.ts';
import type { ConfigInput } from '../../infra/config/settings.ts';
import { ConnectionGuardStack } from '../../infra/stack.ts';
import { auroraWithSlack, fleetOf, oneInstance } from './examples.ts';
import { synthesizeStack } from './synth.ts';

// Here, and only here, AWS's template validator runs too: CDK_VALIDATION is left alone.

/** Synthesis throws when cdk-nag or the validator finds something. */
function gate(config: ConfigInput): readonly string[] {
  return synthesizeStack(
    (app) =>
      new ConnectionGuardStack(app, 'RdsConnectionGuard', { config: parseConfig(config, 'the example') }),
    (app) => Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app)),
  ).messages;
}

test.each([
  ['one instance', oneInstance],
  ['an Aurora cluster with Slack', auroraWithSlack],
  ['one that people may act through', { ...auroraWithSlack, actions: { terminate: true } }],
  ['a fleet of 60', fleetOf(60)],
  ['a fleet of 500', fleetOf(500)],
])('%s passes AwsSolutions, Serverless and the template validator, without a warning', (_, config) => {
  expect(gate(config)).toEqual([]);
});
