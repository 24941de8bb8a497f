import { randomUUID } from 'node:crypto';
import { ruleScores } from '../assess/predictions/rule-scores.ts';
import { attempted, claimed, claimedBy, dueNow } from '../assess/undelivered.ts';
import type { Database } from '../config/database.ts';
import type { Notification } from '../model/memory.ts';
import type { RunMemory } from '../remember/run-memory.ts';
import { MemoryConflictError } from '../remember/store.ts';
import type { AlertFacts } from '../report/message/compose.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { toError } from '../shared/to-error.ts';

/** What the delivery of one database's notifications works with. */
export interface DeliverParts {
  readonly database: Database;
  /** Composes, renders and publishes one message. Rejects when it could not be published. */
  readonly notify: (notification: Notification, facts: AlertFacts) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of what the guard itself fails at. */
  readonly onFault: (fault: Error) => void;
}

/**
 * Publishes what is due: claims it under the memory's version condition, so that of several runs at the same moment one
 * publishes it, and marks it afterwards. Never rejects.
 *
 * @returns how many notifications SNS took.
 */
export async function deliver(
  parts: DeliverParts,
  runMemory: RunMemory,
  seen: Pick<AlertFacts, 'observation' | 'reclamation'>,
): Promise<number> {
  const { database, clock } = parts;
  const attempt = randomUUID();
  const notifications = await claimDue(runMemory, attempt, clock);
  if (notifications.length === 0) return 0;
  const { memory } = runMemory;
  const facts = { ...seen, database, memory, scores: ruleScores(memory.learned), now: clock.now() };
  const published = await Promise.all(
    notifications.map((notification) => publish(parts, notification, facts)),
  );
  const unpublished = notifications.filter((_, index) => published[index] === false);
  const now = clock.now();
  runMemory.change((memory) => attempted(memory, attempt, unpublished, now));
  await runMemory.store();
  return notifications.length - unpublished.length;
}

async function claimDue(
  runMemory: RunMemory,
  attempt: string,
  clock: Clock,
): Promise<readonly Notification[]> {
  const now = clock.now();
  const threads = dueNow(runMemory.memory, now).map(({ notification }) => notification.threadId);
  if (threads.length === 0) return [];
  try {
    await runMemory.claim((memory) => {
      const next = claimed(memory, threads, attempt, now);
      return claimedBy(next, attempt).length > 0 ? next : null;
    });
  } catch (error) {
    if (!(error instanceof MemoryConflictError)) throw error;
  }
  return claimedBy(runMemory.memory, attempt);
}

async function publish(
  { database, notify, log, onFault }: DeliverParts,
  notification: Notification,
  facts: AlertFacts,
): Promise<boolean> {
  const { kind, level, previousLevel, dueSince } = notification;
  const entry = { database: database.name, kind, held: level, before: previousLevel, dueSince };
  try {
    await notify(notification, facts);
    log('INFO', 'alert.sent', entry);
    return true;
  } catch (error) {
    const fault = toError(error);
    log('ERROR', 'alert.failed', { ...entry, error: fault.message });
    onFault(fault);
    return false;
  }
}
