import type { ReclaimPolicy } from '../lambda/config/reclaim-policy.ts';
import { levelThresholds } from '../lambda/model/level-thresholds.ts';
import { usableSlots } from '../lambda/model/observation.ts';
import { noKnownSessions } from '../lambda/model/prediction.ts';
import { emptyReclaimMemory, type Reclamation } from '../lambda/model/reclamation.ts';
import { reclaim } from '../lambda/reclaim/reclaim.ts';
import { jsonLog } from '../lambda/shared/log.ts';
import type { Connection } from './connection/connection.ts';
import type { Context } from './context.ts';
import { judge } from './judged.ts';
import type { Sampled } from './take-sample.ts';

/** What a pass works on, besides the policy. */
export interface PassParts {
  readonly connection: Connection;
  readonly sampled: Sampled;
  readonly context: Pick<Context, 'clock' | 'signal' | 'err' | 'errIsTerminal'>;
  /** Only these sessions; null: every one. */
  readonly pids: readonly number[] | null;
}

/** One pass of reclaim for a person; the audit lines are written where standard error is a file and it may end sessions. */
export async function reclaimPass(
  { connection, sampled: { sample, session }, context, pids }: PassParts,
  policy: ReclaimPolicy,
): Promise<Reclamation> {
  const { database } = connection;
  const { clock, signal, err, errIsTerminal } = context;
  const audited = policy.mode === 'terminate' && !errIsTerminal;
  const { reclamation } = await reclaim({
    database: database.name,
    session,
    clock,
    log: jsonLog(audited ? (line) => err(line.trimEnd()) : () => {}, () => clock.now()),
    signal,
    policy,
    level: judge(connection, sample).level ?? 'ok',
    thresholds: levelThresholds(database, usableSlots(sample.capacity)),
    sample,
    ...(pids !== null && { named: ({ pid }) => pids.includes(pid) }),
    memory: emptyReclaimMemory,
    known: noKnownSessions,
    budgets: [],
    sinceSample: null,
    reserve: async () => {},
  });
  return reclamation;
}
