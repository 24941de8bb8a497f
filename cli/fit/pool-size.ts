import { type Holder, NAME_LENGTH } from '../../lambda/model/holders.ts';
import { counted, duration } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { table } from '../terminal/table.ts';

/** The holders of one sample. */
export interface HolderSample {
  /** Ms since the epoch. */
  readonly at: number;
  readonly holders: readonly Pick<Holder, 'application' | 'role' | 'client' | 'count' | 'idle'>[];
}

/** What one application (a role with an application_name) held over the time watched. */
export interface ApplicationUse {
  readonly application: string;
  readonly role: string | null;
  /** The most clients (addresses) at once: its instances, where each has an address of its own. */
  readonly clients: number;
  /** The most sessions at once, and the most that worked at once (not idle, or idle in a transaction). */
  readonly sessions: number;
  readonly working: number;
  /** A pool for each client that would have done, with half as much again to spare. */
  readonly pool: number;
  /** Slots that this would set free; 0 where the pools are not too large. */
  readonly spare: number;
}

/** Room beyond the most that was seen to work at once: samples miss what is between them. */
const ROOM = 1.5;

/** What each application held, most spare slots first. */
export function sizePools(samples: readonly HolderSample[]): ApplicationUse[] {
  const uses = new Map<string, Omit<ApplicationUse, 'pool' | 'spare'>>();
  for (const { holders } of samples) {
    for (const [key, now] of byApplication(holders)) {
      const before = uses.get(key);
      uses.set(key, {
        ...now,
        clients: Math.max(now.clients, before?.clients ?? 0),
        sessions: Math.max(now.sessions, before?.sessions ?? 0),
        working: Math.max(now.working, before?.working ?? 0),
      });
    }
  }
  return [...uses.values()]
    .map((use) => {
      const pool = Math.max(1, Math.ceil((ROOM * use.working) / use.clients));
      return { ...use, pool, spare: Math.max(0, use.sessions - pool * use.clients) };
    })
    .sort((a, b) => b.spare - a.spare || b.sessions - a.sessions);
}

function byApplication(holders: HolderSample['holders']) {
  const sums = new Map<string, Omit<ApplicationUse, 'pool' | 'spare'>>();
  for (const { application, role, count, idle } of holders) {
    const key = JSON.stringify([application, role]);
    const before = sums.get(key) ?? { application, role, clients: 0, sessions: 0, working: 0 };
    sums.set(key, {
      application,
      role,
      clients: before.clients + 1,
      sessions: before.sessions + count,
      working: before.working + count - idle,
    });
  }
  return sums;
}

/**
 * The report: one line for each application, and what it rests on.
 *
 * That no sample saw more than so many work does not show that it never happened: by the rule of three, with 95 %
 * confidence it did for less than 3/n of the time (Hanley and Lippman-Hand, JAMA 1983).
 */
export function renderPoolSizes(samples: readonly HolderSample[]): string[] {
  const uses = sizePools(samples);
  if (uses.length === 0) return ['No application held a session in the time watched.'];
  const rows = uses.map(({ application, role, clients, sessions, working, pool, spare }) => [
    application === '' ? '(no application_name)' : printable(application, NAME_LENGTH),
    printable(role ?? '-', NAME_LENGTH),
    ...[clients, sessions, working, pool, spare].map(String),
  ]);
  const first = samples[0]?.at ?? 0;
  const seconds = Math.round(((samples.at(-1)?.at ?? first) - first) / 1000);
  const share = Math.min(100, 300 / samples.length);
  return [
    ...table(
      [
        { title: 'application' },
        { title: 'role' },
        ...['clients', 'sessions', 'working', 'pool each', 'free slots'].map((title) => ({
          title,
          align: 'right' as const,
        })),
      ],
      rows,
    ),
    ...uses.filter(({ spare }) => spare > 0).map(sentence),
    `Rests on ${counted(samples.length, 'sample')} over ${duration(seconds)}. More than shown may have worked between two samples, but (with 95% confidence) for less than ${share < 1 ? share.toFixed(2) : share.toFixed(0)}% of the time; peaks of other hours are not in it.`,
  ];
}

function sentence({ application, role, clients, sessions, working, pool, spare }: ApplicationUse): string {
  const name = printable(application === '' ? `role ${role ?? '-'}` : application, NAME_LENGTH);
  return `${name}: ${counted(clients, 'client')} held ${counted(sessions, 'session')}, never more than ${working} worked at once: a pool of ${pool} each would have done, ${counted(spare, 'slot')} free.`;
}
