import type { HoldersLine } from '../history/log-lines.ts';
import { localTimeOfDay } from '../history/time.ts';
import { fittedTable, type Screen, shown } from './screen.ts';

/** Applications in the table at most. */
const MOST = 15;

interface Peak {
  readonly role: string | null;
  readonly application: string;
  /** The most sessions at once, and when. */
  readonly sessions: number;
  readonly at: number;
  /** The most that worked at once: not idle. */
  readonly working: number;
  /** Sessions in the last line. */
  readonly last: number;
}

/** What each application (a role with an application_name) held at most over its clients, the largest first. */
export function applicationTable(lines: readonly HoldersLine[], screen: Screen): string[] {
  const peaks = peaksOf(lines);
  const rest = peaks.length - MOST;
  return [
    ...fittedTable(
      screen,
      [
        { title: 'most sessions', align: 'right' },
        { title: 'at' },
        { title: 'most at work', align: 'right' },
        { title: 'at the end', align: 'right' },
        { title: 'role' },
        { title: 'application' },
      ],
      peaks
        .slice(0, MOST)
        .map(({ role, application, sessions, at, working, last }) => [
          String(sessions),
          localTimeOfDay(at),
          String(working),
          String(last),
          shown(role),
          shown(application),
        ]),
    ),
    ...(rest > 0 ? [screen.style('dim', `and ${rest} more`)] : []),
  ];
}

function peaksOf(lines: readonly HoldersLine[]): Peak[] {
  const peaks = new Map<string, Peak>();
  for (const { sampled, holders } of lines) {
    const now = new Map<string, Peak>();
    for (const { role, application, count, idle } of holders) {
      const key = JSON.stringify([role, application]);
      const before = now.get(key) ?? { role, application, at: sampled, sessions: 0, working: 0, last: 0 };
      const sessions = before.sessions + count;
      now.set(key, { ...before, sessions, working: before.working + count - idle, last: sessions });
    }
    for (const [key, peak] of peaks) if (!now.has(key)) peaks.set(key, { ...peak, last: 0 });
    for (const [key, seen] of now) {
      const peak = peaks.get(key) ?? seen;
      const higher = seen.sessions > peak.sessions ? { sessions: seen.sessions, at: seen.at } : {};
      peaks.set(key, { ...peak, ...higher, working: Math.max(peak.working, seen.working), last: seen.last });
    }
  }
  return [...peaks.values()].sort((a, b) => b.sessions - a.sessions);
}
