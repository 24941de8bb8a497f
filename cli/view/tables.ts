import type { Holder, StateCount } from '../../lambda/model/holders.ts';
import type { ConnectionLimit } from '../../lambda/model/observation.ts';
import { duration } from '../../lambda/shared/format.ts';
import { fittedTable, type Screen, shown } from './screen.ts';

/** How many sessions stand in each state, and the oldest of each. */
export function stateTable(screen: Screen, states: readonly StateCount[]): string[] {
  return fittedTable(
    screen,
    [{ title: 'state' }, { title: 'sessions', align: 'right' }, { title: 'longest', align: 'right' }],
    states.map(({ state, count, oldestStateAge }) => [state, String(count), age(oldestStateAge)]),
  );
}

/** Who holds the slots, the first `max` of them. */
export function holderTable(screen: Screen, holders: readonly Holder[], max: number): string[] {
  const lines = fittedTable(
    screen,
    [
      { title: 'sessions', align: 'right' },
      { title: 'idle', align: 'right' },
      { title: 'longest idle', align: 'right' },
      { title: 'role' },
      { title: 'application' },
      { title: 'client' },
    ],
    holders
      .slice(0, max)
      .map(({ application, role, client, count, idle, oldestIdleAge }) => [
        String(count),
        String(idle),
        age(oldestIdleAge),
        shown(role),
        shown(application),
        shown(client, 45),
      ]),
  );
  const more = holders.slice(max).reduce((sum, { count }) => sum + count, 0);
  if (more === 0) return lines;
  return [...lines, screen.style('dim', `${holders.length - max} more hold ${more}`)];
}

/** Roles and databases with a CONNECTION LIMIT of their own, the tightest first; nothing when there is none. */
export function limitTable(screen: Screen, limits: readonly ConnectionLimit[]): string[] {
  if (limits.length === 0) return [];
  const left = ({ limit, used }: ConnectionLimit) => Math.max(0, limit - used);
  return fittedTable(
    screen,
    [
      { title: 'CONNECTION LIMIT of' },
      { title: 'limit', align: 'right' },
      { title: 'used', align: 'right' },
      { title: 'left', align: 'right' },
    ],
    [...limits]
      .sort((a, b) => left(a) - left(b))
      .map((each) => [
        `${each.kind} ${shown(each.name)}`,
        String(each.limit),
        String(each.used),
        left(each) === 0 ? screen.style('red', '0') : String(left(each)),
      ]),
  );
}

function age(seconds: number | null): string {
  return seconds === null ? '-' : duration(seconds);
}
