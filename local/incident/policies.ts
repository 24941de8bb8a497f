import { escapeIdentifier } from 'pg';
import { type GuardSettings, startFunctionKeeper } from './guard/function-keeper.ts';
import { watchKeeper } from './guard/watch-keeper.ts';
import { script } from './script.ts';
import type { Play } from './stage.ts';

/** The files that policies run. */
export interface Builds {
  /** The function of this version, and of 0.1.0. */
  readonly functionFile: string;
  readonly releaseFile: string;
  readonly cliFile: string;
}

/** One way to deal with a server that runs out of slots. */
export interface Policy {
  readonly name: string;
  readonly title: string;
  /** It runs on a schedule, so that it matters when in the minute the trouble begins. */
  readonly hasPhase: boolean;
  /** The guard's thresholds are a setting of it. */
  readonly hasThresholds: boolean;
  /** Makes ready for one play. */
  start(builds: Builds, reclaim: Reclaim): Promise<StartedPolicy>;
}

/** Settings of reclaim on top of the mode. */
export type Reclaim = Partial<NonNullable<GuardSettings['reclaim']>>;

/** A policy ready to be played. */
export interface StartedPolicy extends Pick<Play, 'keepers' | 'prepare'> {
  /** What went wrong with the policy itself. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

/** Above the half minute after which background tasks come back, in seconds. */
const IDLE_SESSION_TIMEOUT = 60;

const nothing = { keepers: [], failures: [], stop: async () => {} };
const fixed = { hasPhase: false, hasThresholds: false };
const guard = { hasPhase: true, hasThresholds: true };

/** Ends stale sessions by a built function. */
async function guarded(file: string, reclaim: Reclaim): Promise<StartedPolicy> {
  const keeper = await startFunctionKeeper(file, { reclaim: { mode: 'terminate', ...reclaim } });
  return { keepers: [keeper.keep], failures: keeper.failures, stop: () => keeper.stop() };
}

/** Every policy that is compared. */
export const POLICIES: readonly Policy[] = [
  { ...fixed, name: 'none', title: 'no guard', start: async () => nothing },
  {
    ...fixed,
    name: 'script',
    title: 'every 30 s: from 150 sessions on, list those idle over 5 minutes and end each by its pid',
    start: async () => ({ ...nothing, keepers: [script({ every: 30, at: 150, idleOver: 300 })] }),
  },
  {
    ...fixed,
    name: 'timeout',
    title: `PostgreSQL's own idle_session_timeout = ${IDLE_SESSION_TIMEOUT} s for the application's role`,
    start: async () => ({
      ...nothing,
      prepare: async (server, app) => {
        const role = escapeIdentifier(app.user);
        await server.query(`ALTER ROLE ${role} SET idle_session_timeout = '${IDLE_SESSION_TIMEOUT}s'`);
      },
    }),
  },
  {
    ...guard,
    name: '0.1.0',
    title: 'the function of version 0.1.0, mode terminate',
    start: ({ releaseFile }, reclaim) => guarded(releaseFile, reclaim),
  },
  {
    ...guard,
    name: 'function',
    title: 'the function, mode terminate',
    start: ({ functionFile }, reclaim) => guarded(functionFile, reclaim),
  },
  {
    ...guard,
    hasPhase: false,
    name: 'watch',
    title: 'the command line, watch --terminate',
    start: async ({ cliFile }) => {
      const failures: string[] = [];
      return { ...nothing, failures, keepers: [watchKeeper(cliFile, failures)] };
    },
  },
];
