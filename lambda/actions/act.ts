import { acknowledge, mute, tell } from '../assess/answers.ts';
import { assess } from '../assess/assess.ts';
import { addReclamation } from '../assess/incident.ts';
import { knownSessions } from '../assess/predictions/scores.ts';
import { addSample, emptySessionHistory } from '../assess/predictions/session-history.ts';
import { type Database, memoryKeyOf } from '../config/database.ts';
import { levelThresholds } from '../model/level-thresholds.ts';
import { emptyMemory, type Memory } from '../model/memory.ts';
import { type Observation, type Sample, usableSlots } from '../model/observation.ts';
import type { Observer } from '../model/observer.ts';
import { noKnownSessions } from '../model/prediction.ts';
import { emptyReclaimMemory, type Outcome, type Reclamation } from '../model/reclamation.ts';
import type { Session } from '../model/session.ts';
import { byIdleAge } from '../reclaim/by-idle-age.ts';
import { readRows, type SessionRow } from '../reclaim/list-sessions.ts';
import { reclaim } from '../reclaim/reclaim.ts';
import type { MemoryStore } from '../remember/store.ts';
import type { Clock } from '../shared/clock.ts';
import { duration, instant } from '../shared/format.ts';
import { GuardError } from '../shared/guard-error.ts';
import type { Log } from '../shared/log.ts';
import { changeMemory } from './change-memory.ts';
import type { EndShown, NamedSession, Request } from './request.ts';
import { type ReclaimView, reclaimView, summary, type View, viewOf } from './view.ts';

/** What an action works with. */
export interface ActParts {
  readonly database: Database;
  readonly observer: Observer;
  readonly store: MemoryStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly timeZone: string;
  /** May sessions be ended by hand? */
  readonly mayTerminate: boolean;
  /** Does the work as the only request that ends sessions of the database now; null, undone, while another is at it. */
  alone<T>(work: () => Promise<T>): Promise<T | null>;
}

/** What an action came to. */
export interface Answer {
  /** What came of it, for people. */
  readonly text: string;
  /** True when it changed something: what the thread is told of. */
  readonly changed: boolean;
  readonly view: View | null;
  readonly reclaim: ReclaimView | null;
  /** Of terminate: what became of each session that was named. */
  readonly outcomes: readonly { readonly pid: number; readonly outcome: Outcome }[] | null;
}

const NOTHING = { changed: false, view: null, reclaim: null, outcomes: null };

/** Does what is asked. Repeated or sent twice at the same moment, a request does no more than once. */
export async function act(request: Request, parts: ActParts): Promise<Answer> {
  const { database, store, clock, signal, timeZone } = parts;
  const change = (next: (memory: Memory) => Memory | null) =>
    changeMemory(store, memoryKeyOf(database), next, signal);
  switch (request.action) {
    case 'holders':
    case 'preview':
      return await look(parts, request.action === 'preview');
    case 'acknowledge': {
      const { memory, changed } = await change((before) =>
        acknowledge(before, database.name, request.by, clock.now()),
      );
      const by = memory.answers.acknowledged?.by ?? request.by;
      if (changed) return { ...NOTHING, changed, text: 'Acknowledged: no reminders come until it is over.' };
      const isOver = memory.incident === null && memory.failing === null;
      return {
        ...NOTHING,
        text: isOver ? 'Nothing is going on that could be acknowledged.' : `Acknowledged already, by ${by}.`,
      };
    }
    case 'mute': {
      const until = clock.now() + request.minutes * 60_000;
      const { changed } = await change((before) =>
        mute(before, database.name, request.by, until, clock.now()),
      );
      if (request.minutes === 0)
        return { ...NOTHING, changed, text: changed ? 'No longer muted.' : 'It was not muted.' };
      return {
        ...NOTHING,
        changed,
        text: `Muted for ${duration(request.minutes * 60)}, until ${instant(until, timeZone)}. FULL is told at once; what else happens is told then.`,
      };
    }
    case 'terminate': {
      if (!parts.mayTerminate)
        throw new GuardError(
          'sessions are ended by hand only where the configuration says actions: { terminate: true }',
        );
      const answer = await parts.alone(() => terminate(request.sessions, request.by, parts));
      return (
        answer ?? { ...NOTHING, text: 'Another request is ending sessions right now: this one ended none.' }
      );
    }
  }
}

/** The present sample, judged by what the guard remembers; with what reclaim would end now, where that is asked for. */
async function look(parts: ActParts, withReclaim: boolean): Promise<Answer> {
  const { database, observer, store, clock, signal } = parts;
  const [observation, stored] = await Promise.all([
    observer.sample(signal),
    store.load(memoryKeyOf(database), signal),
  ]);
  const now = clock.now();
  const before = stored?.memory ?? emptyMemory(now);
  const assessed = assess({ observation, database, memory: before, now });
  const view = viewOf(database, observation, assessed.memory, now);
  if (!withReclaim || observation.kind !== 'sample') return { ...NOTHING, text: summary(view, null), view };
  const session = sessionOf(observer);
  const rows = await readRows(session);
  const { history } =
    observation.sessions === null
      ? { history: emptySessionHistory }
      : addSample(emptySessionHistory, observation.sessions, observation.server.startedAt);
  const { reclamation } = await pass(parts, observation, session, {
    policy: { ...database.reclaim, mode: 'dry-run' },
    level: assessed.level,
    memory: before.reclaim,
    known: knownSessions(history, before.learned),
  });
  const shown = reclaimView(database, assessed, reclamation, rows);
  return { ...NOTHING, text: summary(view, shown), view, reclaim: shown };
}

/** Ends what was named or, where a button could name none, exactly what preview shows. */
async function terminate(
  sessions: readonly NamedSession[] | EndShown['sessions'],
  by: string,
  parts: ActParts,
): Promise<Answer> {
  if (typeof sessions !== 'string') return await terminateNamed(sessions, by, parts);
  const seen = await look(parts, true);
  const shown = seen.reclaim?.sessions ?? [];
  return shown.length === 0 ? seen : await terminateNamed(shown, by, parts);
}

/** Ends the sessions that were named, each only if it is what it was when it was shown, by the rules that protect any. */
async function terminateNamed(named: readonly NamedSession[], by: string, parts: ActParts): Promise<Answer> {
  const { database, observer, store, clock, signal } = parts;
  const observation: Observation = await observer.sample(signal);
  if (observation.kind !== 'sample')
    throw new GuardError(
      `none was ended: ${'text' in observation ? observation.text : 'the sessions of other roles are hidden'}`,
    );
  const isNamed = (row: SessionRow) =>
    named.some(
      ({ pid, backendStart, stateChange }) =>
        pid === row.pid && backendStart === row.backendStart && stateChange === row.stateChange,
    );
  const { keepPerApplication: _, ...policy } = byIdleAge(database.reclaim, 0);
  const { reclamation } = await pass(parts, observation, sessionOf(observer), {
    policy: { ...policy, keepPerApplication: 0 },
    level: 'ok',
    memory: emptyReclaimMemory,
    known: noKnownSessions,
    named: isNamed,
  });
  if (reclamation.failure !== null && reclamation.chosen.length === 0)
    throw new GuardError(`none was ended: ${reclamation.failure}`);
  const outcomes = named.map(({ pid }) => ({
    pid,
    outcome: reclamation.chosen.find((chosen) => chosen.pid === pid)?.outcome ?? 'gone',
  }));
  const ended = count(reclamation, 'ended') + count(reclamation, 'signalled');
  if (ended > 0)
    await changeMemory(
      store,
      memoryKeyOf(database),
      (memory) => {
        const now = clock.now();
        const answer = { action: 'terminate', at: now, by, ended, named: named.length } as const;
        return tell(addReclamation(memory, reclamation), database.name, answer, now);
      },
      signal,
    );
  return { ...NOTHING, changed: ended > 0, text: terminated(reclamation, named.length, ended), outcomes };
}

/** One pass of reclaim with nothing to reserve: what a person ends is not taken from the guard's budget of the hour. */
async function pass(
  { database, ...parts }: ActParts,
  sample: Sample,
  session: Session,
  how: Pick<Parameters<typeof reclaim>[0], 'policy' | 'level' | 'memory' | 'known' | 'named'>,
) {
  return await reclaim({
    ...parts,
    ...how,
    database: database.name,
    session,
    sample,
    sinceSample: null,
    thresholds: levelThresholds(database, usableSlots(sample.capacity)),
    budgets: database.budgets,
    reserve: async () => {},
  });
}

function sessionOf({ session }: Observer): Session {
  if (session === null) throw new GuardError('the session was lost right after the sample: ask again');
  return session;
}

const count = ({ chosen }: Reclamation, outcome: Outcome) =>
  chosen.filter((session) => session.outcome === outcome).length;

function terminated(reclamation: Reclamation, named: number, ended: number): string {
  const refused = count(reclamation, 'refused');
  const changed = count(reclamation, 'changed');
  const rest = named - ended - refused - changed;
  return [
    `${ended} of ${named} sessions ended.`,
    refused > 0 ? ` ${refused} the server did not let us end: the guard's role lacks pg_signal_backend.` : '',
    changed > 0 ? ` ${changed} became active and were left.` : '',
    rest > 0 ? ` ${rest} were gone, in use again since they were shown, or are protected.` : '',
  ].join('');
}
