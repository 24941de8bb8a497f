import type { ReclaimPolicy } from '../config/reclaim-policy.ts';
import type { Level } from '../model/level.ts';
import type { Score } from '../model/prediction.ts';
import type { Outcome, ReasonLeftAlone, ReclaimMemory, Reclamation } from '../model/reclamation.ts';
import type { Log } from '../shared/log.ts';
import { printable } from '../shared/printable.ts';
import type { Choice } from './choose-sessions.ts';
import { poolOf } from './refilling-pools.ts';

/** What a pass found and did. */
export interface Pass {
  readonly at: number;
  readonly until: number;
  readonly used: number;
  readonly choice: Choice;
  readonly outcomes: readonly Outcome[];
  readonly failure: unknown;
}

/** What a pass works on, as far as its audit says it. */
interface AuditParts {
  readonly database: string;
  readonly log: Log;
  readonly policy: ReclaimPolicy;
  readonly level: Level;
  readonly memory: ReclaimMemory;
}

/**
 * CloudWatch takes events of up to 256 kB (API reference, InputLogEvent), and one session takes up to some 900 bytes: three names
 * of 63, each byte of which may have become the three of `\ufffd`, and what is known of it.
 */
const SESSIONS_PER_LINE = 100;

/** Pools named in one line: each takes up to 600 bytes. */
const POOLS_PER_LINE = 20;

/** The audit: which sessions, why, of which role, client and application, how long idle. Query text never leaves the server. */
export function audit({ log, database, policy, level, memory }: AuditParts, event: string, pass: Pass): void {
  const { choice, outcomes } = pass;
  const sessions = choice.chosen.map(
    (
      { row: { pid, backendStart, role, database, application, client, idleFor }, prediction, isTrial },
      index,
    ) => ({
      pid,
      backendStart,
      role,
      database,
      application,
      client,
      idleFor: round(idleFor),
      ...(prediction && { rule: prediction.rule, ...roundedScore(prediction.score) }),
      ...(isTrial && { trial: true }),
      ...(outcomes[index] === undefined ? {} : { outcome: outcomes[index] }),
    }),
  );
  const lines = Math.max(1, Math.ceil(sessions.length / SESSIONS_PER_LINE));
  for (let line = 1; line <= lines; line += 1) {
    log(pass.failure === null ? 'INFO' : 'WARN', event, {
      database,
      ...(lines > 1 && { line, lines }),
      mode: policy.mode,
      held: level,
      used: pass.used,
      until: pass.until,
      allowedIdleAge: round(choice.allowed.other),
      usedOnceIdleAge: round(choice.allowed.usedOnce),
      candidates: choice.candidates,
      limitedBy: choice.limitedBy,
      leftAlone: countReasons(choice),
      culprits: choice.culprits.slice(0, POOLS_PER_LINE).map(poolOf),
      idleIsCause: choice.idleIsCause,
      pausedPools: memory.paused.slice(0, POOLS_PER_LINE),
      sessions: sessions.slice((line - 1) * SESSIONS_PER_LINE, line * SESSIONS_PER_LINE),
      ...(pass.failure === null ? {} : { failure: told(pass.failure) }),
    });
  }
}

const roundedScore = ({ tried, wrong }: Score) => ({ tried: round(tried), wrong: round(wrong) });

const round = (seconds: number) => Math.round(seconds * 10) / 10;

/** How many sessions were left alone, by the reason. */
export function countReasons({ leftAlone }: Choice): Reclamation['leftAlone'] {
  const counts: Partial<Record<ReasonLeftAlone, number>> = {};
  for (const { reason } of leftAlone) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** One line for an error: its SQLSTATE or errno, where it has one, and its words. */
export function told(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? `${String(error.code)}: ` : '';
  return printable(`${code}${error instanceof Error ? error.message : String(error)}`, 300);
}
