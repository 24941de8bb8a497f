import type { Assessment } from '../assess/assess.ts';
import { type Observation, usableSlots } from '../model/observation.ts';
import type { DeliverParts } from './deliver.ts';

/** Logs one check. */
export type CheckLog = (observation: Observation, assessment: Assessment) => void;

/**
 * The log of one run's checks of a database: the first always, the others unless all is well and the one before said the
 * same. A line for each sample of five seconds would come to 210 MB a month.
 */
export function createCheckLog(parts: Pick<DeliverParts, 'database' | 'log'>): CheckLog {
  let before = '';
  return (observation, assessment) => {
    const said = `${observation.kind} ${assessment.level}`;
    if (said !== 'sample ok' || said !== before) logCheck(parts, observation, assessment);
    before = said;
  };
}

function logCheck(
  { database, log }: Pick<DeliverParts, 'database' | 'log'>,
  observation: Observation,
  { level, observed }: Assessment,
): void {
  const entry = {
    database: database.name,
    kind: observation.kind,
    held: level,
    observed,
    took: observation.took,
  };
  switch (observation.kind) {
    case 'sample': {
      const { used, capacity, server } = observation;
      const states: Record<string, number> = {};
      for (const { state, count } of observation.groups) states[state] = (states[state] ?? 0) + count;
      log('INFO', 'check.done', {
        ...entry,
        used,
        usable: usableSlots(capacity),
        maxConnections: capacity.maxConnections,
        states,
        replica: server.isReplica,
      });
      return;
    }
    case 'partial':
      log('WARN', 'check.done', { ...entry, role: observation.server.role });
      return;
    case 'refused':
      log('WARN', 'check.done', {
        ...entry,
        limit: observation.limit,
        attempts: observation.attempts,
        text: observation.text,
      });
      return;
    case 'failed':
      log('WARN', 'check.done', {
        ...entry,
        class: observation.class,
        code: observation.code,
        text: observation.text,
      });
      return;
  }
}
