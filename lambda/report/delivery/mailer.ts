import type { Clock } from '../../shared/clock.ts';
import type { Alert } from '../message/alert.ts';
import { type TopicName, topicOf } from './topic.ts';

/**
 * How long the first alert of a kind waits for others like it: databases of one run are checked side by side, and what
 * fails for one reason fails within moments of each other. Ms.
 */
const GATHERS_FOR = 500;

/** What the mailer of a run works with. */
export interface MailerParts {
  /** Renders and publishes one message that tells all of these alerts, at least one. Rejects when it could not. */
  readonly publish: (alerts: readonly Alert[], topic: TopicName) => Promise<void>;
  /** How many databases the run checks: the alert of a single one waits for no other. */
  readonly databases: number;
  readonly clock: Pick<Clock, 'sleep'>;
}

/**
 * Sends the alerts of one run. Those that are due together and say the same of several databases (same topic, kind, and
 * level or class of failure) go out as one message.
 *
 * @returns a function that resolves when the message with its alert was published, and rejects when it could not be.
 */
export function createMailer({ publish, databases, clock }: MailerParts): (alert: Alert) => Promise<void> {
  const gathering = new Map<string, { readonly alerts: Alert[]; readonly sent: Promise<void> }>();

  async function send(topic: TopicName, sameness: string, alerts: readonly Alert[]): Promise<void> {
    await clock.sleep(databases > 1 ? GATHERS_FOR : 0);
    gathering.delete(sameness);
    await publish(alerts, topic);
  }

  return async (alert) => {
    const topic = topicOf(alert.notification);
    const sameness = JSON.stringify([topic, ...samenessOf(alert)]);
    let message = gathering.get(sameness);
    if (message === undefined) {
      const alerts: Alert[] = [];
      message = { alerts, sent: send(topic, sameness, alerts) };
      gathering.set(sameness, message);
    }
    message.alerts.push(alert);
    await message.sent;
  };
}

/** What two alerts must share to be told in one message. */
function samenessOf({ notification, failure, refusal }: Alert): readonly (string | null)[] {
  const { kind, level } = notification;
  switch (kind) {
    case 'unreachable':
    case 'still-unreachable':
      return [kind, failure?.class ?? null];
    case 'reachable':
    case 'partial':
    case 'cannot-terminate':
    case 'reclaim-paused':
    case 'reclaim-limit':
    case 'over-budget':
    case 'still-over-budget':
    case 'within-budget':
    case 'budgets-exceed-usable':
      return [kind];
    case 'answered':
      return [kind, notification.threadId];
    case 'level':
    case 'server-full':
    case 'eased':
    case 'recovered':
    case 'reminder':
      return [kind, level, refusal?.limit ?? null];
  }
}
