import type { SessionRow } from '../../../lambda/reclaim/list-sessions.ts';

const timestamp = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

let lastPid = 0;

/** Opened ten minutes ago, and idle since then: nothing protects it, no client came back to it. */
export function rowOf(changes: Partial<SessionRow> = {}): SessionRow {
  const { idleFor = 600, startedFor = Math.max(600, idleFor) } = changes;
  return {
    pid: ++lastPid,
    backendStart: timestamp(10_000 - startedFor),
    stateChange: timestamp(10_000 - idleFor),
    state: 'idle',
    role: 'app',
    database: 'shop',
    application: 'web',
    client: '10.0.0.1',
    superuser: false,
    replication: false,
    ours: false,
    listens: false,
    advisoryLock: false,
    whole: true,
    ...changes,
    idleFor,
    startedFor,
  };
}
