import { assess } from '../lambda/assess/assess.ts';
import type { Database } from '../lambda/config/database.ts';
import { holdersOf, statesOf } from '../lambda/model/holders.ts';
import type { Level } from '../lambda/model/level.ts';
import { levelThresholds } from '../lambda/model/level-thresholds.ts';
import type { LikelyCause } from '../lambda/model/likely-cause.ts';
import { emptyMemory } from '../lambda/model/memory.ts';
import { type Observation, usableSlots } from '../lambda/model/observation.ts';
import type { Connection } from './connection/connection.ts';
import { withReachableThresholds } from './reachable-thresholds.ts';

/** One observation of one database, judged by itself. */
export interface Judged {
  /** With thresholds that can be reached. */
  readonly database: Database;
  /** Which were written and cannot; null: none. */
  readonly note: string | null;
  /** Was there a password, token or certificate to log in with? */
  readonly hasSecret: boolean;
  readonly observation: Observation;
  /** Null when the observation shows none: it failed, or saw only a part. */
  readonly level: Level | null;
  /** What probably fills the server, the first the one with most sessions. */
  readonly causes: readonly LikelyCause[];
}

/** Judges an observation by itself, without memory of earlier ones. */
export function judge(
  connection: Pick<Connection, 'database' | 'hasSecret'>,
  observation: Observation,
): Judged {
  const now = observation.at;
  const { database, note } =
    observation.kind === 'sample'
      ? withReachableThresholds(connection.database, usableSlots(observation.capacity))
      : { database: connection.database, note: null };
  const { observed, memory } = assess({ database, observation, memory: emptyMemory(now), now });
  const causes = memory.lastSeen?.causes ?? [];
  return { database, note, hasSecret: connection.hasSecret, observation, level: observed, causes };
}

/** The same as plain data: what `--json` prints, and one line of the metrics file. Ages are in seconds. */
export function judgedData({
  database,
  observation,
  level,
  causes,
}: Judged): Readonly<Record<string, unknown>> {
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
        causes,
        limits,
        server,
      };
    }
  }
}

function capacityData({ maxConnections, ...reservations }: Parameters<typeof usableSlots>[0]) {
  return { usable: usableSlots({ maxConnections, ...reservations }), maxConnections, reservations };
}
