import { acknowledge, mute } from '../assess/answers.ts';
import { assess } from '../assess/assess.ts';
import { knownSessions } from '../assess/predictions/scores.ts';
import { addSample, emptySessionHistory } from '../assess/predictions/session-history.ts';
import { memoryKeyOf } from '../config/database.ts';
import { emptyMemory, type Memory } from '../model/memory.ts';
import { readRows } from '../reclaim/list-sessions.ts';
import { duration, instant } from '../shared/format.ts';
import { GuardError } from '../shared/guard-error.ts';
import { type ActParts, type Answer, NOTHING } from './answer.ts';
import { changeMemory } from './change-memory.ts';
import { pass, sessionOf } from './pass.ts';
import type { EndShown, NamedSession, Request } from './request.ts';
import { terminateNamed } from './terminate-named.ts';
import { reclaimView, summary, viewOf } from './view.ts';

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
