import { usableSlots } from '../../model/observation.ts';
import { counted, duration, instant, percent } from '../../shared/format.ts';
import type { Alert } from './alert.ts';
import type { Block } from './block.ts';
import { addressOf } from './pasteable-commands.ts';
import { ruleOf } from './subject.ts';
import { LIMIT_WORDS } from './wording.ts';

/** What one needs second: level, limit, server, rule and times, as labelled fields. */
export function detailsOf(alert: Alert, timeZone: string): readonly (readonly [string, string])[] {
  const { notification, at, database, refusal, versionNum, isReplica } = alert;
  const { dueSince, incident, kind } = notification;
  const version =
    versionNum === null ? '' : `, PostgreSQL ${Math.floor(versionNum / 10_000)}.${versionNum % 10_000}`;
  const part = isReplica === null ? '' : `, ${isReplica ? 'reader' : 'writer'}`;
  const rule = ruleOf(alert);
  const fields: (readonly [string, string] | null)[] = [
    ['Level', levelWords(alert, timeZone)],
    refusal === null
      ? null
      : [
          'Refused',
          `${LIMIT_WORDS[refusal.limit].long} Tried ${refusal.attempts} times; the server says: ${refusal.text}`,
        ],
    ...failure(alert, timeZone),
    incident === null || kind === 'level' || kind === 'recovered'
      ? null
      : ['Incident', incidentWords(incident, at, timeZone)],
    ['Database', database.name],
    ['Server', `${addressOf(database)}${version}${part}`],
    failedOver(alert),
    rule === null ? null : ['Rule', rule],
    ['Time', instant(at, timeZone)],
    dueSince === null
      ? null
      : [
          'Late',
          `Due since ${instant(dueSince, timeZone)}, ${duration((at - dueSince) / 1000)} ago: until now it ${alert.mutedAt !== null && dueSince >= alert.mutedAt ? 'was muted' : 'could not be sent'}.`,
        ],
  ];
  return fields.filter((field) => field !== null);
}

/** A failover is told of for so long, in ms. */
const FAILOVER_TOLD = 15 * 60_000;

function failedOver({ database, at }: Alert): readonly [string, string] | null {
  const ago = at - (database.discovered?.failoverAt ?? Number.NEGATIVE_INFINITY);
  return ago > FAILOVER_TOLD ? null : ['Failover', `${duration(Math.max(0, ago) / 1000)} ago`];
}

function levelWords({ notification, at, snapshot: seen }: Alert, timeZone: string): string {
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
    case 'cannot-terminate':
      return `${level}: what would fail later is told of at every level`;
    case 'answered':
    case 'reclaim-paused':
    case 'reclaim-limit':
      return `${level} since ${since}`;
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
  ];
}

/** Why more slots than the usable ones are in use. */
function beyondUsable(count: number): string {
  return `${counted(count, 'session')} more than usable: superusers, and logins that are still under way, take reserved slots.`;
}

/** How many slots there are, and why. */
export function slotArithmetic({ snapshot, at, notification }: Alert, timeZone: string): readonly Block[] {
  if (snapshot === null) return [];
  const { capacity, used, at: seenAt } = snapshot;
  const usable = usableSlots(capacity);
  const reservations: readonly (readonly [number, string])[] = [
    [capacity.superuserReserved, 'superuser_reserved_connections'],
    [capacity.reserved, 'reserved_connections'],
    [capacity.rdsSuperuserReserved, 'rds.rds_superuser_reserved_connections'],
    [capacity.rdsReserved, 'rds.rds_reserved_connections'],
  ];
  const less = reservations.filter(([count]) => count > 0).map(([count, name]) => `- ${count} ${name}`);
  const stale = at - seenAt > 1000 ? ` (as of ${instant(seenAt, timeZone)})` : '';
  // At level full the last slot is the guard's own: "1 left" would be read as room for one more.
  const left = notification.level === 'full' ? '' : `, ${Math.max(0, usable - used)} left`;
  return [
    {
      kind: 'text',
      text: `${used} of ${usable} usable slots used (${percent(used, usable)})${left}${stale}.`,
    },
    ...(used > usable ? [{ kind: 'text' as const, text: beyondUsable(used - usable) }] : []),
    {
      kind: 'text',
      text: `${usable} usable = ${capacity.maxConnections} max_connections ${less.join(' ')}`.trim(),
    },
  ];
}
