import * as v from 'valibot';
import { type Database, type DatabaseInput, databaseSchema } from '../../../lambda/config/database.ts';
import { type GuardOutcome, guard } from './guard.ts';
import { createSite, type SiteOutcome } from './site.ts';
import type { SiteKind } from './sites.ts';

/** `max_connections` 200, three of them reserved. */
export const USABLE = 197;

/** A database with default settings and reclaim on, unless `settings` say otherwise. */
export function databaseWith(settings: Partial<DatabaseInput> = {}): Database {
  const login = { secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:guard-AbCdEf' };
  return v.parse(databaseSchema, {
    ...{ name: 'orders', host: 'localhost', login, reclaim: { mode: 'terminate' } },
    ...settings,
  });
}

/** What became of a site that was played with a guard. */
export interface Played extends SiteOutcome {
  readonly guard: GuardOutcome;
}

/** Plays a site with a guard on it, which begins to look `phase` seconds after the site. */
export function played(kind: SiteKind, seed: string, database: Database, phase = 0): Played {
  // The guard's own session takes a slot.
  const site = createSite(USABLE - 1, seed);
  kind.start(site);
  const outcome = guard(site, database, USABLE, { first: phase, most: 5, least: 1 });
  site.play(kind.seconds);
  return { ...site.outcome, guard: outcome };
}

/** Logins refused when there is no guard. */
export function refusedWithout(kind: SiteKind, seed: string): number {
  const site = createSite(USABLE, seed);
  kind.start(site);
  site.play(kind.seconds);
  return site.outcome.refused;
}
