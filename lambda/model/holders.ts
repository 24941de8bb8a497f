import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { printable } from '../shared/printable.ts';
import type { SessionGroup } from './observation.ts';
import { SESSION_STATES } from './sampled-session.ts';
import { age, count } from './stored.ts';

/** PostgreSQL cuts names at 63 bytes; what is longer did not come from a server. Bounds what memory stores. */
export const NAME_LENGTH = 64;

/** See {@link StateCount}. */
export const stateCount = v.object({
  state: v.picklist(SESSION_STATES),
  count,
  /** Since the oldest `state_change` among them. */
  oldestStateAge: age,
});

/** Sessions in one state. */
export type StateCount = Readonly<v.InferOutput<typeof stateCount>>;

/** See {@link Holder}. */
export const holder = v.object({
  application: v.string(),
  role: v.nullable(v.string()),
  client: v.nullable(v.string()),
  count,
  /** Those of `count` in state `idle`. */
  idle: count,
  /** Since the oldest `state_change` among the idle ones; null when none is idle. */
  oldestIdleAge: age,
});

/** A holder of slots: sessions that share application, role and client. Names are the server's: untrusted text. */
export type Holder = Readonly<v.InferOutput<typeof holder>>;

/** Every holder of a slot, most sessions first. Names are cleaned and bounded. */
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

/** Names cleaned and cut to what PostgreSQL allows: whatever a server sends, later steps see short text. */
export function bounded<Names extends Pick<Holder, 'application' | 'role' | 'client'>>(holder: Names): Names {
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
