import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundleInto } from '../../infra/build/function-bundle.ts';
import { PACKAGE_ROOT } from '../../infra/build/package-root.ts';
import { NODE } from './child.ts';
import { inTurn, type Pair } from './statistics.ts';

/** The SDK clients that the function needs, and nothing else. */
const CLIENTS = `
export { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
export { SNSClient, PublishCommand } from '@aws-sdk/client-sns';
export { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
export { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
export { Signer } from '@aws-sdk/rds-signer';
`;

const run = promisify(execFile);

/** Imports the function and a bundle of only its SDK clients, each in a new process, in turn. Ms; a: the function.
 *
 * @param directory where files may be left. */
export async function measureStart(bundleFile: string, directory: string): Promise<Pair> {
  const clients = join(directory, 'clients.mjs');
  await bundleInto(clients, { stdin: { contents: CLIENTS, resolveDir: PACKAGE_ROOT } });
  const timer = join(directory, 'timer.mjs');
  await writeFile(
    timer,
    'const began = performance.now(); await import(process.argv[2]); console.log(performance.now() - began);',
  );
  const load = async (file: string) => {
    const { stdout } = await run(NODE, [timer, pathToFileURL(file).href]);
    return Number(stdout.trim().split('\n').at(-1));
  };
  return await inTurn(
    15,
    () => load(bundleFile),
    () => load(clients),
  );
}
