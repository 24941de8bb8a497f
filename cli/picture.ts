import { assess } from '../lambda/assess/assess.ts';
import type { Database } from '../lambda/config/database.ts';
import { holdersOf, statesOf } from '../lambda/model/holders.ts';
import type { Level } from '../lambda/model/level.ts';
import { levelThresholds } from '../lambda/model/level-thresholds.ts';
import { emptyMemory } from '../lambda/model/memory.ts';
import { type Observation, usableSlots } from '../lambda/model/observation.ts';

/** One look at one database, judged. */
export interface Picture {
  readonly database: Database;
  readonly observation: Observation;
  /** Null when the look shows none: it failed, or saw only a part. */
  readonly level: Level | null;
}

/** Judges a look by itself, without memory of earlier ones. */
export function pictureOf(database: Database, observation: Observation): Picture {
  const now = observation.at;
  const { observed } = assess({ database, observation, memory: emptyMemory(now), now });
  return { database, observation, level: observed };
}

/** A picture as plain data: what `--json` prints, and one line of the metrics file. Ages are in seconds. */
export function pictureData({ database, observation, level }: Picture): Readonly<Record<string, unknown>> {
  const { kind, at, took } = observation;
  const head = {
    at: new Date(at).toISOString(),
    database: database.name,
    host: database.host,
    port: database.port,
    level,
    kind,
    tookMs: Math.round(took),
  };
  switch (observation.kind) {
    case 'failed':
      return { ...head, class: observation.class, code: observation.code, text: observation.text };
    case 'refused':
      return { ...head, limit: observation.limit, attempts: observation.attempts, text: observation.text };
    case 'partial':
      return { ...head, ...capacityData(observation.capacity), server: observation.server };
    case 'sample': {
      const { used, capacity, groups, limits, server } = observation;
      const usable = usableSlots(capacity);
      const { warning, critical } = levelThresholds(database, usable);
      return {
        ...head,
        used,
        left: Math.max(0, usable - used),
        ...capacityData(capacity),
        warningAt: warning.enter,
        criticalAt: critical.enter,
        states: statesOf(groups),
        holders: holdersOf(groups),
        limits,
        server,
      };
    }
  }
}

function capacityData({ maxConnections, ...reservations }: Parameters<typeof usableSlots>[0]) {
  return { usable: usableSlots({ maxConnections, ...reservations }), maxConnections, reservations };
}
