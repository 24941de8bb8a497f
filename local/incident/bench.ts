import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { buildCli } from '../../infra/build/cli-bundle.ts';
import { buildBundle } from '../../infra/build/function-bundle.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './bench-options.ts';
import { benchTable, figures, type PlayedRow } from './bench-table.ts';
import { broken, type ContestOrder, type Result } from './contest.ts';
import { POLICIES, type Policy } from './policies.ts';
import { runProgram } from './program.ts';
import { buildRelease } from './released.ts';
import type { Row } from './rows.ts';

/** `npm run bench:incident`: policies compared on the same incidents. */
async function compare(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const { rows, seed, atOnce } = options;
  const policies = options.policies ?? POLICIES;
  const [cpu] = cpus();
  print([
    `${cpu?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, seed ${seed}`,
    '',
  ]);
  const builds = {
    functionFile: (await buildBundle()).file,
    cliFile: await buildCli(),
    releaseFile: policies.some(({ name }) => name === '0.1.0') ? await buildRelease() : '',
  };
  const table = rows.map((row): PlayedRow & { results: Map<string, Result[]> } => ({
    row,
    results: new Map(),
  }));
  const phasesOf = (row: Row, policy: Policy) =>
    policy.hasPhase ? (options.phases ?? row.phases(policy)) : [0];
  const entries = table.flatMap(({ row, results }) =>
    policies
      .filter((policy) => (options.policies ? row.takes(policy) : row.shows(policy)))
      .flatMap((policy) => phasesOf(row, policy).map((phase) => ({ row, policy, phase, results }))),
  );
  // The longest first: then none is left to play alone at the end.
  entries.sort((a, b) => b.row.scenario.seconds + b.phase - a.row.scenario.seconds - a.phase);
  const plays = entries.map(({ row, policy, phase, results }) => async () => {
    const order = { row: row.name, policy: policy.name, phase, seed, builds };
    const result = await played(order, signal).catch((error: unknown) => broken(phase, error));
    signal.throwIfAborted();
    results.set(policy.name, [...(results.get(policy.name) ?? []), result]);
    note(row, policy, result);
  });
  try {
    await sideBySide(plays, atOnce);
  } finally {
    // An interrupted comparison shows what it has.
    print(benchTable(table, policies));
  }
  const failed = table.some(({ results }) =>
    [...results.values()].flat().some(({ failures }) => failures.length > 0),
  );
  return failed ? 1 : 0;
}

/** The result of a play in a process of its own. */
async function played(order: ContestOrder, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  const worker = fork(new URL('./bench-worker.ts', import.meta.url));
  const stop = () => worker.kill();
  signal.addEventListener('abort', stop);
  try {
    const ended = once(worker, 'exit');
    worker.send(order);
    const message: unknown[] = await Promise.race([once(worker, 'message'), ended]);
    const answer = message[0];
    await ended;
    if (isResult(answer)) return answer;
    throw new Error(`the play ended without a result (${String(answer)})`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function isResult(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && 'refusedLogins' in value;
}

/** Making a server keeps a core busy for a second or two: those that begin together begin this far apart, in ms. */
const APART_MS = 4000;

/** Runs all of them in order, at most so many at the same time. */
async function sideBySide(plays: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  const waiting = [...plays];
  const worker = async (index: number) => {
    await delay(index * APART_MS);
    for (let next = waiting.shift(); next; next = waiting.shift()) await next();
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, plays.length) }, (_, index) => worker(index)));
}

function note(row: Row, policy: Policy, result: Result): void {
  const { phase, peakUsed, full, firstRefused, cut, failures } = result;
  const details = [
    `peak ${peakUsed}`,
    `full for ${(full / 1000).toFixed(0)} s`,
    firstRefused === null ? 'none refused' : `first refused at ${(firstRefused / 1000).toFixed(0)} s`,
    ...Object.entries(cut).map(([name, count]) => `cut ${name} ${count}`),
    ...failures.map((failure) => `void: ${failure}`),
  ];
  process.stderr.write(
    `${row.name}, ${policy.name}, ${phase} s: ${figures(result)}; ${details.join(', ')}\n`,
  );
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

await runProgram({ usage: USAGE, parse: parseBenchOptions, run: compare });
