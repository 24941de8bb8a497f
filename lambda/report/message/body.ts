import { duration, instant, percent } from '../../shared/format.ts';
import type { Alert, Surroundings } from './alert.ts';
import type { Block } from './block.ts';
import { docsAnchor } from './docs-anchor.ts';
import { reclaimLines } from './reclaim-section.ts';
import { holderTable, stateTable } from './tables.ts';
import { trendLines } from './trend-section.ts';
import { FAILURE_WORDS, LIMIT_WORDS } from './wording.ts';

/** A message as its parts: level, slots, states, holders, trend, reclaim, what to do, what could not be seen. */
export function bodyOf(alert: Alert, surroundings: Surroundings): readonly Block[] {
  return [
    { kind: 'fields', fields: status(alert, surroundings.timeZone) },
    ...slots(alert, surroundings.timeZone),
    ...section('Budgets', alert.budgets.length === 0 ? [] : [{ kind: 'fixed', lines: alert.budgets }]),
    ...section('Trend', trendLines(alert)),
    ...section('Reclaim', reclaimLines(alert, surroundings.timeZone)),
    ...causes(alert),
    ...whatToDo(alert, surroundings),
    ...section(
      'What the guard could not see',
      alert.blindSpots.map((text) => ({ kind: 'text', text })),
    ),
  ];
}

function section(heading: string, blocks: readonly Block[]): readonly Block[] {
  return blocks.length === 0 ? [] : [{ kind: 'heading', text: heading }, ...blocks];
}

function status(alert: Alert, timeZone: string): [string, string][] {
  const { notification, at } = alert;
  const fields: ([string, string] | null)[] = [
    ['Level', levelWords(alert, timeZone)],
    alert.refusal === null
      ? null
      : [
          'Refused',
          `${LIMIT_WORDS[alert.refusal.limit].long} Tried ${alert.refusal.attempts} times; the server says: ${alert.refusal.text}`,
        ],
    ...failure(alert, timeZone),
    notification.incident === null || notification.kind === 'level'
      ? null
      : ['Incident', incidentWords(notification.incident, at, timeZone)],
    ['Database', `${alert.endpoint}${alert.server === null ? '' : `, ${alert.server}`}`],
    alert.rule === null ? null : ['Rule', alert.rule],
    ['Time', instant(at, timeZone)],
    notification.dueSince === null
      ? null
      : [
          'Late',
          `Due since ${instant(notification.dueSince, timeZone)}, ${duration((at - notification.dueSince) / 1000)} ago: until now it could not be sent.`,
        ],
  ];
  return fields.filter((field) => field !== null);
}

function levelWords({ notification, at, slots: seen }: Alert, timeZone: string): string {
  const since = instant(notification.since, timeZone);
  const ago = duration((at - notification.since) / 1000);
  const { kind, level, previousLevel } = notification;
  const before = `before: ${previousLevel} for ${duration((notification.since - notification.previousSince) / 1000)}`;
  switch (kind) {
    case 'unreachable':
    case 'still-unreachable':
    case 'partial':
      if (seen === null && level === 'ok') return 'not known: no check has seen the sessions yet';
      return level === 'ok'
        ? 'not known now; ok when last seen'
        : `${level} when last seen, and held until the guard sees otherwise`;
    case 'reachable':
      return `${level}; from ${since} on the guard could not observe it, for ${ago}`;
    case 'level':
      return `${level} since ${since}; ${previousLevel === 'ok' ? 'before: ok' : before}`;
    case 'eased':
      return `${level} since ${since}; ${before}`;
    case 'recovered':
      return `ok since ${since}; ${before}`;
    case 'server-full':
      return `${level} for ${ago}, since ${since}; until now only a limit of its own was in the guard's way`;
    case 'over-budget':
    case 'still-over-budget':
    case 'within-budget':
    case 'budgets-exceed-usable':
      return `${level}: budgets are told of at every level`;
    case 'reminder':
      return `still ${level}, for ${ago}, since ${since}`;
  }
}

function incidentWords(
  incident: NonNullable<Alert['notification']['incident']>,
  at: number,
  timeZone: string,
): string {
  const { startedAt, peak, worst, refused } = incident;
  const parts = [
    `began ${instant(startedAt, timeZone)}, ${duration((at - startedAt) / 1000)} ago`,
    `worst level ${worst}`,
    peak === null ? null : `peak ${peak.used} of ${peak.usable} slots at ${instant(peak.at, timeZone)}`,
    refused === 0 ? null : `${refused} of the guard's own checks refused`,
  ];
  return parts.filter((part) => part !== null).join('; ');
}

function failure(alert: Alert, timeZone: string): [string, string][] {
  const { failure: failed, notification } = alert;
  if (failed === null) return [];
  const code = failed.code === null ? '' : ` (${failed.code})`;
  return [
    [
      'Failing',
      `since ${instant(notification.since, timeZone)}, ${alert.failures} checks in a row: ${failed.class}${code}`,
    ],
    ['Error', failed.text],
    ['Likely', FAILURE_WORDS[failed.class].cause],
  ];
}

function slots(alert: Alert, timeZone: string): readonly Block[] {
  if (alert.slots === null) return [];
  const { used, usable, left, capacity, seenAt } = alert.slots;
  const reservations: readonly (readonly [number, string])[] = [
    [capacity.superuserReserved, 'superuser_reserved_connections'],
    [capacity.reserved, 'reserved_connections'],
    [capacity.rdsSuperuserReserved, 'rds.rds_superuser_reserved_connections'],
    [capacity.rdsReserved, 'rds.rds_reserved_connections'],
  ];
  const less = reservations.filter(([count]) => count > 0).map(([count, name]) => `- ${count} ${name}`);
  const stale = alert.at - seenAt > 1000 ? ` (as of ${instant(seenAt, timeZone)})` : '';
  return [
    { kind: 'heading', text: 'Slots' },
    {
      kind: 'text',
      text: `${used} of ${usable} usable slots used (${percent(used, usable)}), ${left} left${stale}`,
    },
    {
      kind: 'text',
      text: `${usable} usable = ${capacity.maxConnections} max_connections ${less.join(' ')}`.trim(),
    },
    { kind: 'fixed', lines: stateTable(alert.slots) },
    { kind: 'heading', text: 'What holds them' },
    { kind: 'fixed', lines: holderTable(alert.slots) },
  ];
}

function causes({ causes }: Alert): readonly Block[] {
  return section(
    'Likely cause',
    causes.flatMap(({ cause, evidence, remedy }) => [
      { kind: 'text', text: `${cause}.` },
      {
        kind: 'fields',
        fields: [
          ['Seen', `${evidence}.`],
          ['Remedy', `${remedy}.`],
        ],
      },
    ]),
  );
}

function whatToDo(alert: Alert, surroundings: Surroundings): readonly Block[] {
  const numbered = alert.actions.flatMap(({ title, lines }, index): Block[] => [
    { kind: 'text', text: `${index + 1}. ${title}${lines.length > 0 ? ':' : '.'}` },
    ...(lines.length > 0 ? [{ kind: 'code', lines } as const] : []),
  ]);
  const { docsUrl } = surroundings;
  const links = [
    { label: 'About this message', url: docsUrl && `${docsUrl}#${docsAnchor(alert)}` },
    { label: 'Dashboard', url: surroundings.dashboardUrl },
    { label: 'Log of the checks', url: surroundings.logQueryUrl },
  ].flatMap(({ label, url }): Block[] => (url === undefined ? [] : [{ kind: 'link', label, url }]));
  return section('What to do now', [...numbered, ...links]);
}
