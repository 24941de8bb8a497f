import { buildBundle } from '../../infra/build/function-bundle.ts';
import { INCIDENT } from './application/incident.ts';
import { CLEAR_AFTER_SECONDS } from './guard/function-keeper.ts';
import { parseOptions, type ReplayOptions, USAGE } from './options.ts';
import { problems } from './outcome.ts';
import { runProgram } from './program.ts';
import { replay } from './replay.ts';
import { liveShow, plainShow, type Show } from './show/audience.ts';
import { summary } from './show/summary.ts';

/** `npm start`: the incident, replayed. */
async function run({ json, reclaim, phase }: ReplayOptions, signal: AbortSignal): Promise<number> {
  const show = json
    ? silentShow()
    : process.stdout.isTTY && process.env['TERM'] !== 'dumb'
      ? liveShow(process.stdout, reclaim)
      : plainShow(write);
  try {
    show.print([
      `Incident: ${INCIDENT.title}.`,
      `A real PostgreSQL with ${INCIDENT.maxConnections} slots, the built function, and AWS as far as it is needed, all on this machine. Takes ${INCIDENT.seconds + phase} s.`,
      '',
    ]);
    const bundle = await buildBundle();
    const { outcome, trouble } = await replay(
      INCIDENT,
      { reclaim, phase, bundleFile: bundle.file },
      show.audience,
      signal,
    );
    const wrong = problems(outcome, trouble);
    if (json) {
      write(`${JSON.stringify(outcome, (_key, value: unknown) => rounded(value), 2)}\n`);
      process.stderr.write(wrong.map((problem) => `${problem}\n`).join(''));
    }
    show.end();
    show.print(['', ...summary(outcome, wrong, CLEAR_AFTER_SECONDS, show.style)]);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    show.end();
  }
}

/** Times in whole ms: what is behind the point says nothing. */
function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value) : value;
}

function silentShow(): Show {
  return { ...plainShow(() => {}), audience: {} };
}

function write(text: string): void {
  process.stdout.write(text);
}

await runProgram({ usage: USAGE, parse: parseOptions, run });
