import { atLeast } from '../../model/level.ts';
import type { Notification } from '../../model/memory.ts';

/** Which of the two topics a message goes to. */
export type TopicName = 'warning' | 'critical';

/**
 * Where a message goes. Those who were told that it is bad are told that it is over: easing goes where the worse level went, a
 * recovery where the worst of the incident went, and so does what somebody did about it. A database that cannot be seen may be in any state: critical.
 */
export function topicOf(
  notification: Pick<Notification, 'kind' | 'level' | 'previousLevel' | 'incident'>,
): TopicName {
  const { kind, level, previousLevel, incident } = notification;
  switch (kind) {
    case 'unreachable':
    case 'still-unreachable':
    case 'reachable':
      return 'critical';
    case 'partial':
    case 'cannot-terminate':
    case 'over-budget':
    case 'still-over-budget':
    case 'within-budget':
    case 'budgets-exceed-usable':
      return 'warning';
    case 'answered':
    case 'recovered':
      return atLeast(incident?.worst ?? previousLevel, 'critical') ? 'critical' : 'warning';
    case 'eased':
      return atLeast(previousLevel, 'critical') ? 'critical' : 'warning';
    case 'level':
    case 'server-full':
    case 'reminder':
    case 'reclaim-paused':
    case 'reclaim-limit':
      return atLeast(level, 'critical') ? 'critical' : 'warning';
  }
}
