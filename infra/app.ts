import { App } from 'aws-cdk-lib';
import { ConfigurationError } from '../lambda/config/validation.ts';
import { buildBundles } from './build/function-bundle.ts';
import { loadConfig } from './config/load-config.ts';
import { ConnectionGuardStack } from './stack.ts';

// `npx cdk deploy` runs this (cdk.json): read the file, build the function, hand both to the stack.
const app = new App();
const path = String(app.node.tryGetContext('config') ?? 'guard.config.ts');
try {
  const config = await loadConfig(path);
  // The CLI sets these where it finds credentials; without them the stack goes wherever it is deployed.
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  // Before anything else: a file without a stackName is a change to the stack that has the name by default.
  console.error(
    `${path}: stack ${config.stackName} in ${config.region ?? region ?? 'the region of the credentials'}, ` +
      `account ${config.account ?? account ?? 'of the credentials'}, ${config.databases.length} database(s)`,
  );
  await buildBundles();
  new ConnectionGuardStack(app, config.stackName, {
    config,
    ...(account && region && { env: { account, region } }),
  });
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
