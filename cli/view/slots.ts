import type { StateCount } from '../../lambda/model/holders.ts';
import { type Capacity, type Sample, usableSlots } from '../../lambda/model/observation.ts';
import { percent } from '../../lambda/shared/format.ts';
import { type Part, split } from '../terminal/chart.ts';
import type { StyleName } from '../terminal/style.ts';
import { drawingWidth, type Screen } from './screen.ts';

/** `171 of 182 usable slots used (94%), 11 left`; superusers and logins still under way may use reserved slots besides. */
export function usedOfUsable({ used, capacity }: Pick<Sample, 'used' | 'capacity'>): string {
  const usable = usableSlots(capacity);
  const beyond = used > usable ? `, ${used - usable} in reserved slots` : '';
  return `${used} of ${usable} usable slots used (${percent(used, usable)}), ${Math.max(0, usable - used)} left${beyond}`;
}

/** `usable 182 = max_connections 191 - 3 superuser_reserved_connections - ...`, reservations of 0 left out. */
export function usableExplained(capacity: Capacity): string {
  const reservations = [
    ['superuser_reserved_connections', capacity.superuserReserved],
    ['reserved_connections', capacity.reserved],
    ['rds.rds_superuser_reserved_connections', capacity.rdsSuperuserReserved],
    ['rds.rds_reserved_connections', capacity.rdsReserved],
  ] as const;
  const taken = reservations.filter(([, slots]) => slots > 0).map(([name, slots]) => ` - ${slots} ${name}`);
  return `usable ${usableSlots(capacity)} = max_connections ${capacity.maxConnections}${taken.join('')}`;
}

const GLYPHS: Readonly<Record<string, readonly [string, StyleName]>> = {
  active: ['█', 'green'],
  idle: ['▒', 'yellow'],
  'idle in transaction': ['▓', 'red'],
  'idle in transaction (aborted)': ['▓', 'red'],
};

const OTHER = ['░', 'cyan'] as const;

/** One bar over all usable slots, split by state, and its key. */
export function slotsBar(
  screen: Screen,
  states: readonly StateCount[],
  usable: number,
): { readonly bar: string; readonly key: string } {
  const sums = new Map<string, Part>();
  for (const { state, count } of states) {
    const [glyph, style] = GLYPHS[state] ?? OTHER;
    sums.set(glyph, { glyph, style, value: (sums.get(glyph)?.value ?? 0) + count });
  }
  const order = ['█', '▓', '▒', '░'];
  const parts = order.flatMap((glyph) => sums.get(glyph) ?? []);
  const names: Readonly<Record<string, string>> = {
    '█': 'active',
    '▓': 'idle in transaction',
    '▒': 'idle',
    '░': 'other',
  };
  return {
    bar: `[${split(parts, usable, Math.max(10, Math.min(100, drawingWidth(screen) - 2)), screen.style)}]`,
    key: [
      ...parts.map(({ glyph, style }) => `${screen.style(style, glyph)} ${names[glyph]}`),
      `${screen.style('dim', '·')} left`,
    ].join('  '),
  };
}
