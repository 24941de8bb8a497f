import { startClients } from '../../../local/incident/application/clients.ts';
import { add, emptyLedger, type Ledger } from '../../../local/incident/application/ledger.ts';
import { randomFrom } from '../../../local/incident/application/random.ts';
import type { Scenario } from '../../../local/incident/application/scenario.ts';
import type { AppSession } from '../../../local/incident/application/surroundings.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';

/** A session of the modelled server, as pg_stat_activity would show it. Times are in seconds from the start. */
export interface ModelSession {
  readonly pid: number;
  readonly application: string;
  state: 'active' | 'idle' | 'idle in transaction';
  /** The last statement, with its values. */
  query: string;
  readonly backendStart: number;
  stateChange: number;
}

/** A scenario under way on a modelled server: plain data, virtual time. */
export interface Model {
  readonly ledger: Readonly<Ledger>;
  /** Slots that the application can get. */
  readonly usable: number;
  /** Every session that is open now. */
  sessions(): readonly Readonly<ModelSession>[];
  /** Ends a session, as `pg_terminate_backend` does. */
  terminate(pid: number): void;
  /** Lets the scenario go on up to a second. */
  advance(second: number): Promise<void>;
}

/** What `superuser_reserved_connections` keeps back by default, and the slot of whatever watches. */
const RESERVED = 3;
const WATCHER = 1;

/** Seconds that a statement takes. */
const STATEMENT_TAKES = 0.002;

interface Open extends ModelSession {
  end(): void;
}

/** Plays a scenario without a server: for what takes too long, or too many runs, on a real one. */
export function playModel(scenario: Scenario, seed: number): Model {
  const time = createVirtualTime();
  const ledger = emptyLedger();
  const open = new Map<number, Open>();
  const usable = scenario.maxConnections - RESERVED - scenario.reservedConnections - WATCHER;
  let pids = 0;
  startClients(scenario, {
    ledger,
    elapsed: () => time.now(),
    until: (second) => time.until(second),
    random: (key) => randomFrom(`${seed}/${key}`),
    start: (work) => {
      work.catch((error: unknown) => add(ledger.failures, String(error), 1));
    },
    open: async (name, application) => {
      if (open.size >= usable) {
        ledger.refusedAt.push(time.now() * 1000);
        return null;
      }
      pids++;
      return openModelSession({ pid: pids, name, application, scenario }, open, ledger, time);
    },
  });
  return {
    ledger,
    usable,
    sessions: () => [...open.values()],
    terminate: (pid) => open.get(pid)?.end(),
    advance: (second) => time.advance(second),
  };
}

interface NewSession {
  readonly pid: number;
  readonly name: string;
  readonly application: string;
  readonly scenario: Scenario;
}

function openModelSession(
  { pid, name, application, scenario }: NewSession,
  open: Map<number, Open>,
  ledger: Ledger,
  time: VirtualTime,
): AppSession {
  let group = name;
  let tellEnded = () => {};
  const whenEnded = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });
  const leave = () => {
    if (open.delete(pid)) add(ledger.open, group, -1);
  };
  const session: Open = {
    pid,
    application,
    state: 'idle',
    query: '',
    backendStart: time.now(),
    stateChange: time.now(),
    end: () => {
      leave();
      ledger.endedAt.push(time.now() * 1000);
      tellEnded();
    },
  };
  open.set(pid, session);
  add(ledger.open, group, 1);

  const run = async (sql: string, state: ModelSession['state'], query: string) => {
    if (!open.has(pid)) return 'ended';
    Object.assign(session, { state: 'active', query: sql, stateChange: time.now() });
    await time.until(time.now() + Number(/pg_sleep\(([\d.]+)\)/.exec(sql)?.[1] ?? STATEMENT_TAKES));
    if (!open.has(pid)) return 'ended';
    Object.assign(session, { state, query, stateChange: time.now() });
    ledger.served++;
    return 'done';
  };
  return {
    whenEnded,
    get isOpen() {
      return open.has(pid);
    },
    use: (sql) => run(sql, 'idle', scenario.endsWithCommit ? 'COMMIT' : sql),
    leaveInTransaction: (sql) => run(sql, 'idle in transaction', sql),
    countAs: (other) => {
      if (open.has(pid)) {
        add(ledger.open, group, -1);
        add(ledger.open, other, 1);
      }
      group = other;
    },
    close: async () => leave(),
  };
}
