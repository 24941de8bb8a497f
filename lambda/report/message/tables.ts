import type { Snapshot } from '../../model/snapshot.ts';
import { duration, percent, signed } from '../../shared/format.ts';
import { printable } from '../../shared/printable.ts';
import type { Alert, AlertHolder } from './alert.ts';
import { padEnd, padStart, wrap } from './columns.ts';

// Tables for a fixed-pitch font, 66 columns at most: an email indents them by two, a chat shows them as code.

/** Width of the last column of the holders' table, where names are wrapped. */
const HOLDER = 34;

/** A name fills a message no further than this. PostgreSQL's own limit is 63 bytes. */
const MAX_NAME = 64;

/** The split by state: every state that occurs. */
export function stateTable({ states, used }: Snapshot): readonly string[] {
  const rows = states.map(({ state, count, oldestStateAge }) => [
    state,
    String(count),
    percent(count, used),
    oldestStateAge === null ? '' : duration(oldestStateAge),
  ]);
  const longest = rows.some(([state]) => state === 'idle in transaction (aborted)') ? 29 : 19;
  return [['state', 'sessions', 'share', 'longest'], ...rows].map(
    ([state = '', count = '', share = '', age = '']) =>
      [padEnd(state, longest), padStart(count, 8), padStart(share, 6), padStart(age, 11)].join(' ').trimEnd(),
  );
}

/** The top holders, two or more lines each: figures and application first, then role and client. */
export function holderTable({ holders, changeOver, snapshot }: Alert): readonly string[] {
  const over = changeOver === null ? 'change' : `in ${duration(changeOver)}`;
  const rest = (snapshot?.holderCount ?? 0) - holders.length;
  return [
    row('sessions', over, 'oldest idle', 'holder'),
    ...holders.flatMap(holderLines),
    ...(rest > 0 ? [`and ${rest} more with fewer sessions each`] : []),
  ];
}

function holderLines(holder: AlertHolder): string[] {
  const application =
    holder.application === '' ? '(no application_name)' : printable(holder.application, MAX_NAME);
  const role = holder.role === null ? '(no role)' : printable(holder.role, MAX_NAME);
  const client = holder.client === null ? 'a local socket' : printable(holder.client, MAX_NAME);
  const who = [
    ...wrap(application, HOLDER),
    ...wrap(`${role} from ${client}`, HOLDER - 2).map((line) => `  ${line}`),
  ];
  return who.map((line, index) =>
    index > 0
      ? row('', '', '', line)
      : row(
          String(holder.count),
          holder.change === null ? '?' : signed(holder.change),
          holder.oldestIdleAge === null ? 'none' : duration(holder.oldestIdleAge),
          line,
        ),
  );
}

function row(count: string, change: string, idle: string, who: string): string {
  return `${padStart(count, 8)} ${padStart(change, 9)} ${padStart(idle, 11)}  ${who}`.trimEnd();
}
