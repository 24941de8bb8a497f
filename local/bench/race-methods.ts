import type { Session } from '../../lambda/model/session.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { terminate } from '../../lambda/reclaim/terminate.ts';
import { systemClock } from '../../lambda/shared/clock.ts';

/** A way to end sessions that were listed as stale a moment ago. */
export interface Method {
  readonly name: string;
  /** Ends those it still takes for stale, and says how many signals it sent. */
  end(session: Session, victims: readonly SessionRow[]): Promise<number>;
}

/** Ours: identity, state and last change compared in the statement that sends the signal, one for each session. */
export const guarded: Method = {
  name: 'guarded, one statement per session',
  end: async (session, victims) => {
    const { outcomes, failure } = await terminate(
      session,
      victims,
      systemClock,
      new AbortController().signal,
    );
    if (failure !== null) throw failure;
    return outcomes.filter((outcome) => outcome === 'ended' || outcome === 'signalled').length;
  },
};

/** As list-then-kill scripts do it: the session that has the pid now. */
export const byPid: Method = {
  name: 'list, then kill by pid',
  end: async (session, victims) => {
    const answers = await Promise.all(
      victims.map(({ pid }) =>
        session.query<{ signalled: boolean }>('SELECT pg_terminate_backend($1::int) AS signalled', [pid]),
      ),
    );
    return answers.filter(([row]) => row?.signalled === true).length;
  },
};

/** As more careful ones do: the state is checked again, for all at once, but not what happened in between. */
export const rechecked: Method = {
  name: "recheck state = 'idle', all at once",
  end: async (session, victims) => {
    const answers = await session.query<{ signalled: boolean }>(
      `SELECT pg_terminate_backend(pid) AS signalled FROM pg_stat_activity
       WHERE pid = ANY ($1::int[]) AND state = 'idle'`,
      [victims.map(({ pid }) => pid)],
    );
    return answers.filter((row) => row.signalled).length;
  },
};
