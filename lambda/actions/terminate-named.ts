import { tell } from '../assess/answers.ts';
import { addReclamation } from '../assess/incident.ts';
import { memoryKeyOf } from '../config/database.ts';
import type { Observation } from '../model/observation.ts';
import { noKnownSessions } from '../model/prediction.ts';
import { emptyReclaimMemory, type Outcome, type Reclamation } from '../model/reclamation.ts';
import { byIdleAge } from '../reclaim/by-idle-age.ts';
import type { SessionRow } from '../reclaim/list-sessions.ts';
import { GuardError } from '../shared/guard-error.ts';
import { type ActParts, type Answer, NOTHING } from './answer.ts';
import { changeMemory } from './change-memory.ts';
import { pass, sessionOf } from './pass.ts';
import type { NamedSession } from './request.ts';

/** Ends the sessions that were named, each only if it is what it was when it was shown, by the rules that protect any. */
export async function terminateNamed(
  named: readonly NamedSession[],
  by: string,
  parts: ActParts,
): Promise<Answer> {
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
  const { reclamation } = await pass(parts, observation, sessionOf(observer), {
    policy: { ...byIdleAge(database.reclaim, 0), keepPerApplication: 0 },
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
