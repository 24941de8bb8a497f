import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { buildCli } from '../../infra/build/cli-bundle.ts';
import { BUNDLE_BUDGET, buildBundle } from '../../infra/build/function-bundle.ts';
import { runToEnd } from '../run-to-end.ts';
import { showCadences } from './cadence.ts';
import { NODE } from './child.ts';
import { measureFirstSlot } from './first-slot.ts';
import { measureFleet } from './fleet.ts';
import { row } from './report.ts';
import { startRig } from './rig.ts';
import { measureSessions } from './sessions.ts';
import { measureCliStart, measureFunctionStart } from './start.ts';

/** `npm run bench`: the figures of the project's budgets, measured on this machine as ratios within one run. */
async function main(): Promise<number> {
  const [cpu] = cpus();
  const node = execFileSync(NODE, ['--version']).toString().trim();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  console.log(`# ${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, ${memory}, Node ${node}`);
  showCadences();
  const bundle = await buildBundle();
  row('bundle', `${(bundle.bytes / 1000).toFixed(1)} kB`, `at most ${BUNDLE_BUDGET / 1000} kB`);
  await measureFunctionStart(bundle.file);
  await measureFirstSlot(bundle.file);
  await using rig = await startRig(bundle.file);
  await measureCliStart(await buildCli(), rig);
  await measureFleet(rig);
  await measureSessions(rig);
  const { peakBytes } = await rig.ask({ kind: 'sample', config: rig.login });
  row('peak memory of all runs above', `${(peakBytes / 1e6).toFixed(0)} MB`, 'under 200 MB');
  return 0;
}

await runToEnd(main);
