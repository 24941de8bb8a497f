import { setMaxListeners } from 'node:events';
import type { ClientConfig } from 'pg';
import type { AppLogin } from './app-session.ts';
import { holder, leakOne, requests, type Surroundings } from './clients.ts';
import { add, emptyLedger, type Ledger } from './ledger.ts';
import { type Random, randomFrom } from './random.ts';
import { arrivals, type ClientGroup, type Leak, type Scenario } from './scenario.ts';

/** An application under way. */
export interface Application {
  /** What its clients went through up to now. */
  readonly ledger: Readonly<Ledger>;
  /** Stops every client. Their sessions are left to the server, which is about to stop as well. */
  stop(): Promise<void>;
}

/**
 * Plays a scenario against a real server in real time, from now on.
 *
 * @param config how its clients log in.
 */
export function startApplication(scenario: Scenario, config: ClientConfig): Application {
  const ledger = emptyLedger();
  const stopper = new AbortController();
  // Hundreds of clients wait on the one signal.
  setMaxListeners(0, stopper.signal);
  const startedAt = performance.now();
  const running = new Set<Promise<void>>();
  const around: Surroundings = {
    config,
    ledger,
    stopping: stopper.signal,
    elapsed: () => (performance.now() - startedAt) / 1000,
  };

  const start = (work: Promise<void>) => {
    const settled = work
      .catch((error: unknown) => noteFailure(error, around))
      .finally(() => running.delete(settled));
    running.add(settled);
  };
  for (const group of scenario.clients) {
    ledger.open.set(group.name, 0);
    startGroup(group, scenario, around, start);
  }

  return {
    ledger,
    stop: async () => {
      stopper.abort();
      await Promise.all(running);
    },
  };
}

function noteFailure(error: unknown, { ledger, stopping }: AppLogin): void {
  if (!stopping.aborted) add(ledger.failures, error instanceof Error ? error.message : String(error), 1);
}

function startGroup(
  group: ClientGroup,
  scenario: Scenario,
  around: Surroundings,
  start: (work: Promise<void>) => void,
): void {
  // Every client draws from a stream of its own: what a policy does to one does not change the others.
  const random = (index: number): Random => randomFrom(`${scenario.name}/${group.name}/${index}`);
  switch (group.kind) {
    case 'holders':
      arrivals(group).forEach((at, index) => {
        const { leave } = group;
        const leavesAt = leave ? leave.at + (leave.over * index) / group.count : Number.POSITIVE_INFINITY;
        start(holder(group, at, leavesAt, random(index), around));
      });
      return;
    case 'leak': {
      const opening = leakTimes(group, scenario.seconds);
      opening.forEach((at, index) => {
        const closesAt = group.mend
          ? group.mend.at + (group.mend.over * index) / opening.length
          : Number.POSITIVE_INFINITY;
        start(leakOne(group, at, closesAt, around));
      });
      return;
    }
    case 'requests':
      start(requests(group, random(0), around, start));
  }
}

/** When each leaked session opens, in seconds: those from before at once, the others one after the other until the leak is mended. */
function leakTimes(group: Leak, seconds: number): number[] {
  const last = group.mend?.at ?? seconds;
  const before = Array.from({ length: group.initially }, () => 0);
  const later = Array.from(
    { length: Math.max(0, Math.floor((last - group.at) * group.perSecond)) },
    (_, index) => group.at + (index + 1) / group.perSecond,
  );
  return [...before, ...later];
}
