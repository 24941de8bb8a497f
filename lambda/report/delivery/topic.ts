import { atLeast } from '../../model/level.ts';
import type { Notice } from '../../model/memory.ts';

/** Which of the two topics a message goes to. */
export type Severity = 'warning' | 'critical';

/**
 * Where a message goes. Who was told that it is bad is told that it is over: easing goes where the worse level went, a
 * recovery where the worst of the incident went. A database that nobody can see may be in any state: critical.
 */
export function severityOf(notice: Pick<Notice, 'kind' | 'level' | 'previousLevel' | 'incident'>): Severity {
  const { kind, level, previousLevel, incident } = notice;
  switch (kind) {
    case 'unreachable':
    case 'still-unreachable':
    case 'reachable':
      return 'critical';
    case 'partial':
      return 'warning';
    case 'recovered':
      return atLeast(incident?.worst ?? previousLevel, 'critical') ? 'critical' : 'warning';
    case 'eased':
      return atLeast(previousLevel, 'critical') ? 'critical' : 'warning';
    case 'level':
    case 'wall':
    case 'reminder':
      return atLeast(level, 'critical') ? 'critical' : 'warning';
  }
}
