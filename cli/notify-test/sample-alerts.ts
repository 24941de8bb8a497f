import { acknowledge } from '../../lambda/assess/answers.ts';
import { assess } from '../../lambda/assess/assess.ts';
import { type DatabaseInput, databaseSchema } from '../../lambda/config/database.ts';
import { parse } from '../../lambda/config/validation.ts';
import { emptyMemory, type Notification } from '../../lambda/model/memory.ts';
import type { Alert } from '../../lambda/report/message/alert.ts';
import { type AlertFacts, composeAlert } from '../../lambda/report/message/compose.ts';
import { wordOf } from '../../lambda/report/message/subject.ts';
import { BUDGETS, evening, LASTS } from './evening.ts';

/** What the messages say of the database: how it is called and reached. */
export type Named = Pick<DatabaseInput, 'name' | 'host' | 'port' | 'login'>;

/**
 * One alert for each word that a subject can begin with: a made-up evening that ends now, judged as the function judges real
 * ones. Their threads are their own, so that a test neither opens nor ends the thread of an incident.
 *
 * @param now ms since the epoch.
 */
export function sampleAlerts({ name, host, port, login }: Named, now: number): readonly Alert[] {
  const written = { name, host, port, login, reclaim: { mode: 'terminate' }, budgets: BUDGETS };
  const database = parse(databaseSchema, written, name);
  const words = new Set<string>();
  let memory = emptyMemory(now - LASTS);
  return evening(now - LASTS).flatMap((observation) => {
    const judged = assess({ observation, database, memory, now: observation.at });
    memory = { ...judged.memory, undelivered: [] };
    const answered =
      observation.kind === 'refused' ? acknowledge(memory, name, 'notify-test', observation.at) : null;
    const due = [
      ...judged.notifications,
      ...(answered?.undelivered.map(({ notification }) => notification) ?? []),
    ].filter((notification) => !words.has(wordOf(notification)));
    for (const notification of due) words.add(wordOf(notification));
    const facts = { database, observation, memory, reclamation: null, scores: [], now: observation.at };
    return due.map((notification) => alertOf(notification, facts));
  });
}

function alertOf(notification: Notification, facts: AlertFacts): Alert {
  const alert = composeAlert(notification, facts);
  return { ...alert, notification: { ...alert.notification, threadId: `test-${notification.threadId}` } };
}
