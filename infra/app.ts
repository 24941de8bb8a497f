import { App } from 'aws-cdk-lib';
import { ConfigurationError } from '../lambda/config/validation.ts';
import { buildBundles } from './build/function-bundle.ts';
import { loadConfig } from './config/load-config.ts';
import { ConnectionGuardStack } from './stack.ts';

// `npx cdk deploy` runs this (cdk.json): read the file, build the function, hand both to the stack.
const app = new App();
const path: unknown = app.node.tryGetContext('config') ?? 'guard.config.ts';
try {
  const config = await loadConfig(String(path));
  await buildBundles();
  // The CLI sets these where it finds credentials; without them the stack goes wherever it is deployed.
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  new ConnectionGuardStack(app, config, account && region ? { env: { account, region } } : {});
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
