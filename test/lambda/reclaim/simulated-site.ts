import type { ReclaimPolicy } from '../../../lambda/config/reclaim-policy.ts';
import { emptyReclaimMemory } from '../../../lambda/model/reclamation.ts';
import { stopsUnder } from '../../../lambda/reclaim/allowed-idle-age.ts';
import { choose } from '../../../lambda/reclaim/choose-sessions.ts';
import { emptyReclaimHistory, remember } from '../../../lambda/reclaim/comeback-history.ts';
import type { SessionRow } from '../../../lambda/reclaim/list-sessions.ts';
import { cutPools, watchPools } from '../../../lambda/reclaim/refilling-pools.ts';

/** Clients of one kind on a simulated site. Times in seconds. */
export interface SimulatedClients {
  /** When each opens its session. */
  readonly opens: readonly number[];
  /** It uses it again after so long, ever again; null for a session that nobody comes back to. */
  readonly every: number | null;
}

/** What became of the site. */
export interface SimulatedOutcome {
  readonly refused: number;
  /** Clients that came back to a session and found it ended. */
  readonly healthyCut: number;
  readonly ended: number;
  readonly peak: number;
  readonly pauses: number;
}

interface Simulated {
  readonly pid: number;
  readonly openedAt: number;
  readonly every: number | null;
  usedAt: number;
  ended: boolean;
}

const USABLE = 197;
/** Seconds for which a level lasts after the last reading of it. */
const CLEAR_AFTER = 180;

const LINES = { warning: { enter: 100 }, critical: { enter: 150 }, full: { enter: 196 } };
export const timestamp = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

/**
 * Plays a site of 197 usable slots in steps of a tenth of a second, with a check every 5 seconds (none without a policy). Only the choice is
 * tried here: the checks see true rows, and a signal ends a session at once.
 */
export function simulate(
  clients: readonly SimulatedClients[],
  policy: ReclaimPolicy | null,
  seconds: number,
): SimulatedOutcome {
  const coming = clients
    .flatMap(({ opens, every }) => opens.map((at) => ({ at, every })))
    .sort((a, b) => a.at - b.at);
  const outcome = { refused: 0, healthyCut: 0, ended: 0, peak: 0, pauses: 0 };
  let open: Simulated[] = [];
  let pid = 0;
  let criticalUntil = 0;
  let history = emptyReclaimHistory;
  let memory = emptyReclaimMemory;

  const login = (at: number, every: number | null) => {
    if (open.length >= LINES.full.enter) outcome.refused++;
    else open.push({ pid: ++pid, openedAt: at, every, usedAt: at, ended: false });
  };
  for (let tick = 0; tick < seconds * 10; tick++) {
    const now = tick / 10;
    while ((coming[0]?.at ?? Number.POSITIVE_INFINITY) <= now) login(now, coming.shift()?.every ?? null);
    for (const session of open)
      if (session.every !== null && now - session.usedAt >= session.every) session.usedAt = now;
    outcome.peak = Math.max(outcome.peak, open.length);
    if (tick % 50 !== 0) continue;

    const rows = open.map((session) => rowOf(session, now));
    history = remember(history, rows);
    memory = { ...memory, ...watchPools(memory, rows, now * 1000) };
    outcome.pauses = Math.max(outcome.pauses, memory.paused.length);
    if (rows.length >= LINES.critical.enter) criticalUntil = now + CLEAR_AFTER;
    if (policy === null || now >= criticalUntil) continue;
    const { chosen } = choose({
      ...{ rows, policy, level: 'critical', thresholds: LINES, history, paused: memory.paused },
      until: stopsUnder(policy, LINES, USABLE),
      hourBudget: policy.maxPerHour - outcome.ended,
    });
    const cut = new Set(chosen.map((row) => row.pid));
    outcome.ended += cut.size;
    memory = { ...memory, cut: [...memory.cut, ...cutPools(rows, chosen, now * 1000)] };
    // Whoever would have come back finds the session ended.
    outcome.healthyCut += open.filter((session) => cut.has(session.pid) && session.every !== null).length;
    open = open.filter((session) => !cut.has(session.pid));
  }
  return outcome;
}

function rowOf(session: Simulated, now: number): SessionRow {
  return {
    pid: session.pid,
    backendStart: timestamp(session.openedAt),
    stateChange: timestamp(session.usedAt),
    state: 'idle',
    ...{ role: 'app', database: 'shop', application: '', client: '10.0.0.1' },
    idleFor: now - session.usedAt,
    startedFor: now - session.openedAt,
    ...{
      superuser: false,
      replication: false,
      ours: false,
      listens: false,
      advisoryLock: false,
      whole: true,
    },
  };
}
