import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import { LOCAL_TABLE } from '../../local/aws/records.ts';
import { type LambdaEnvironment, startLambdaEnvironment } from '../../local/function/environment.ts';
import type { GuardRig } from './guard.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/actions', import.meta.url));

/** The built function of the actions in a process of its own, with a list of databases beside it as the stack puts it there. */
export async function startActions(
  rig: GuardRig,
  databases: readonly DatabaseInput[],
  variables: Readonly<Record<string, string>> = {},
): Promise<LambdaEnvironment & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'rcg-actions-'));
  await cp(BUNDLE, directory, { recursive: true });
  await writeFile(join(directory, 'databases.json'), JSON.stringify(databases));
  const environment = await startLambdaEnvironment({
    bundleFile: join(directory, 'index.mjs'),
    variables: { ...rig.aws.environment(), GUARD_TABLE_NAME: LOCAL_TABLE, ...variables },
  });
  return {
    ...environment,
    [Symbol.asyncDispose]: async () => {
      await environment.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
