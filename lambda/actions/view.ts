import { mutedUntil } from '../assess/answered.ts';
import type { Assessment } from '../assess/assess.ts';
import type { Database } from '../config/database.ts';
import { budgetUses } from '../model/budget-use.ts';
import { holdersOf, statesOf } from '../model/holders.ts';
import type { Memory } from '../model/memory.ts';
import { type Observation, usableSlots } from '../model/observation.ts';
import type { ChosenSession, Reclamation } from '../model/reclamation.ts';
import type { SessionRow } from '../reclaim/list-sessions.ts';
import { shouldReclaim } from '../reclaim/reclaim.ts';
import { scoreWords } from '../report/message/ended-sessions.ts';
import { MOST_SESSIONS } from './request.ts';

/** Holders that an answer lists; it says how many there are. */
const MOST_HOLDERS = 50;

/** What holds the slots of one database, as plain data: times are ISO 8601, ages seconds. Names are untrusted text. */
export type View = ReturnType<typeof viewOf>;

/** What reclaim would end now: the answer that `terminate` takes as it is. */
export type ReclaimView = ReturnType<typeof reclaimView>;

/** What there is to show, from this observation or, where it saw nothing, from the guard's last. */
export function viewOf(database: Database, observation: Observation, memory: Memory, now: number) {
  const { incident, answers, failing } = memory;
  const sample = observation.kind === 'sample' ? observation : null;
  const last = memory.lastSeen;
  const capacity = sample?.capacity ?? last?.capacity ?? null;
  const holders = sample === null ? (last?.holders ?? []) : holdersOf(sample.groups);
  const seenAt = sample?.at ?? last?.at ?? null;
  const threads = answers.acknowledged?.threads ?? [];
  const isAcknowledged = [incident?.id, failing?.threadId].some(
    (id) => id !== undefined && threads.includes(id),
  );
  const muted = mutedUntil(memory);
  return {
    database: database.name,
    level: memory.level,
    since: iso(memory.since),
    seenAt: seenAt === null ? null : iso(seenAt),
    /** Why nothing was seen now; null when it was. */
    problem: sample === null ? problemOf(observation) : null,
    used: sample?.used ?? last?.used ?? null,
    usable: capacity === null ? null : usableSlots(capacity),
    states: sample === null ? (last?.states ?? []) : statesOf(sample.groups),
    holders: holders.slice(0, MOST_HOLDERS),
    holderCount: sample === null ? (last?.holderCount ?? 0) : holders.length,
    causes: last?.causes ?? [],
    budgets: sample === null ? [] : budgetUses(sample.groups, database.budgets).budgets,
    acknowledgedBy: isAcknowledged ? (answers.acknowledged?.by ?? null) : null,
    mutedUntil: muted > now ? iso(muted) : null,
  };
}

/** What a dry run of reclaim chose, session by session, and what it left alone. */
export function reclaimView(
  { reclaim: policy }: Database,
  { level }: Pick<Assessment, 'level'>,
  reclamation: Reclamation,
  rows: readonly SessionRow[],
) {
  return {
    mode: policy.mode,
    /** Does the guard itself act at the level held now? */
    acts: shouldReclaim(level, policy),
    /** It stops as soon as fewer slots than these are used. */
    until: reclamation.until,
    /** How many it would end; the first of them are listed. */
    count: reclamation.chosen.length,
    sessions: reclamation.chosen.slice(0, MOST_SESSIONS).flatMap((chosen) => {
      const row = rows.find(({ pid }) => pid === chosen.pid);
      if (row === undefined) return [];
      const { pid, role, database, application, client, idleFor } = chosen;
      const { backendStart, stateChange } = row;
      return [
        {
          pid,
          backendStart,
          stateChange,
          role,
          database,
          application,
          client,
          idleFor,
          why: whyChosen(chosen),
        },
      ];
    }),
    leftAlone: reclamation.leftAlone,
    failure: reclamation.failure,
  };
}

/** Both in a few sentences. */
export function summary({ level, used, usable, problem, seenAt }: View, shown: ReclaimView | null): string {
  const slots =
    used === null ? 'No check has seen the slots yet.' : `${used} of ${usable} slots used, level ${level}.`;
  const why = problem === null ? '' : ` Not seen now (${problem}); as of ${seenAt ?? 'never'}.`;
  if (shown === null) return `${slots}${why}`;
  const { mode, acts, count: chosen, until } = shown;
  const guard =
    acts && mode === 'terminate' ? '' : ` The guard itself ends none now (reclaim ${mode}, level ${level}).`;
  const ends =
    chosen === 0
      ? `Reclaim would end none (it stops under ${until} used).`
      : `Reclaim would end ${chosen} of them now.`;
  return `${slots} ${ends}${guard}`;
}

function whyChosen({ prediction }: ChosenSession): string {
  return prediction === null
    ? 'idle for longer than the policy allows'
    : `${prediction.words}: ${scoreWords(prediction.score)}`;
}

function problemOf(observation: Observation): string {
  switch (observation.kind) {
    case 'refused':
    case 'failed':
      return observation.text;
    default:
      return "the guard's role may not see the sessions of other roles";
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
