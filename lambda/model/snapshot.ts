import { createHash } from 'node:crypto';
import { type Hint, hintsFor } from '../assess/hints.ts';
import { printable } from '../shared/printable.ts';
import {
  type Capacity,
  type Sample,
  SESSION_STATES,
  type SessionGroup,
  type SessionState,
} from './observation.ts';

/** How many holders a message names. */
export const TOP_HOLDERS = 5;

/** PostgreSQL cuts names at 63 bytes; what is longer did not come from a server. Bounds what memory stores. */
const NAME_LENGTH = 64;

/** Sessions in one state. */
export interface StateCount {
  readonly state: SessionState;
  readonly count: number;
  /** Seconds since the oldest `state_change` among them. */
  readonly oldestStateAge: number | null;
}

/** Who holds slots: sessions that share application, role and client. Names are the server's: untrusted text. */
export interface Holder {
  readonly application: string;
  readonly role: string | null;
  readonly client: string | null;
  readonly count: number;
  /** Those of `count` in state `idle`. */
  readonly idle: number;
  /** Seconds since the oldest `state_change` among the idle ones; null when none is idle. */
  readonly oldestIdleAge: number | null;
}

/** What a message needs of one sample, small enough to be remembered for the check that is refused. */
export interface Sight {
  /** Ms since the epoch. */
  readonly at: number;
  readonly capacity: Capacity;
  readonly versionNum: number;
  readonly isReplica: boolean;
  /** The server's own start time as text; another value means that it restarted. */
  readonly startedAt: string;
  /** The role the guard logs in as. */
  readonly role: string;
  readonly used: number;
  /** Only states that occur, most sessions first. */
  readonly states: readonly StateCount[];
  /** The {@link TOP_HOLDERS} with the most sessions, most first. */
  readonly holders: readonly Holder[];
  /** How many holders there are in all. */
  readonly holderCount: number;
  /** What probably fills the server. */
  readonly hints: readonly Hint[];
}

/** Condenses a sample. No hostile name can fill the memory. */
export function sightOf(sample: Sample): Sight {
  const holders = holdersOf(sample.groups);
  return {
    at: sample.at,
    capacity: sample.capacity,
    versionNum: sample.server.versionNum,
    isReplica: sample.server.isReplica,
    startedAt: printable(sample.server.startedAt, NAME_LENGTH),
    role: printable(sample.server.role, NAME_LENGTH),
    used: sample.used,
    states: statesOf(sample.groups),
    holders: holders.slice(0, TOP_HOLDERS),
    holderCount: holders.length,
    hints: hintsFor(sample),
  };
}

/** Everyone who holds a slot, most sessions first. Names are cleaned and bounded. */
export function holdersOf(groups: readonly SessionGroup[]): Holder[] {
  const byKey = new Map<string, Holder>();
  for (const group of groups.map(bounded)) {
    const key = JSON.stringify([group.application, group.role, group.client]);
    const before = byKey.get(key);
    const idle = group.state === 'idle';
    byKey.set(key, {
      application: group.application,
      role: group.role,
      client: group.client,
      count: (before?.count ?? 0) + group.count,
      idle: (before?.idle ?? 0) + (idle ? group.count : 0),
      oldestIdleAge: older(before?.oldestIdleAge ?? null, idle ? group.oldestStateAge : null),
    });
  }
  return [...byKey.entries()]
    .sort(([keyA, a], [keyB, b]) => b.count - a.count || (keyA < keyB ? -1 : 1))
    .map(([, holder]) => holder);
}

/** A short, fixed-length name for a holder, the same from check to check. */
export function holderKey(holder: Pick<Holder, 'application' | 'role' | 'client'>): string {
  const { application, role, client } = bounded(holder);
  return createHash('sha256')
    .update(JSON.stringify([application, role, client]))
    .digest('base64url')
    .slice(0, 10);
}

export function statesOf(groups: readonly SessionGroup[]): StateCount[] {
  return SESSION_STATES.map((state) => {
    const inState = groups.filter((group) => group.state === state);
    return {
      state,
      count: inState.reduce((sum, group) => sum + group.count, 0),
      oldestStateAge: inState.reduce<number | null>((age, group) => older(age, group.oldestStateAge), null),
    };
  })
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

function bounded<Names extends Pick<Holder, 'application' | 'role' | 'client'>>(holder: Names): Names {
  return {
    ...holder,
    application: printable(holder.application, NAME_LENGTH),
    role: holder.role === null ? null : printable(holder.role, NAME_LENGTH),
    client: holder.client === null ? null : printable(holder.client, NAME_LENGTH),
  };
}

function older(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}
