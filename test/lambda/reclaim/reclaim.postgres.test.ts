import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sessionKey } from '../../../lambda/model/sampled-session.ts';
import { createObserver } from '../../../lambda/observe/observer.ts';
import { microseconds } from '../../../lambda/reclaim/earned.ts';
import { readRows } from '../../../lambda/reclaim/list-sessions.ts';
import { reclaim } from '../../../lambda/reclaim/reclaim.ts';
import { terminate } from '../../../lambda/reclaim/terminate.ts';
import { systemClock } from '../../../lambda/shared/clock.ts';
import { defaultMajor } from '../../../local/postgres/binaries.ts';
import { createMonitor, createRole } from '../../../local/postgres/roles.ts';
import { startPostgres } from '../../../local/postgres/server.ts';
import { pidOf, requestFor, type Sessions, startSessions } from './support.ts';

/** Whatever idles is stale. */
const AT_ONCE = { idleFor: 0, usedOnceFor: 0, idleForAtFull: 0 };

let sessions: Sessions;
beforeAll(async () => {
  sessions = await startSessions();
});
afterAll(async () => {
  await sessions.endAll();
  await sessions.server.stop();
});
afterEach(() => sessions.endAll());

/** A request whose policy takes anything idle for stale; `before` happens between choice and signal. */
async function pass(
  changes: Parameters<typeof requestFor>[2] = {},
  before: () => Promise<unknown> = async () => {},
) {
  const session = changes.session ?? (await sessions.openGuard());
  const request = requestFor(session, {}, changes);
  const policy = { ...request.policy, ...AT_ONCE, ...changes.policy };
  await settled();
  return {
    logged: request.logged,
    ...(await reclaim({ ...request, policy, reserve: async () => void (await before()) })),
  };
}

/** Resolves once the server has ended a client's session. */
const ended = (client: Client) => new Promise<void>((resolve) => void client.once('end', () => resolve()));

const alive = async (client: Client) =>
  await client.query('SELECT 1').then(
    () => true,
    () => false,
  );

describe('ending stale sessions', () => {
  it('ends them, sees that they are gone, and writes who and why before and after', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => sessions.open({ application: 'web' })));
    const pids = await Promise.all(clients.map(pidOf));
    await clients[0]?.query(`SELECT 'a secret'`);
    let loggedBefore: unknown[] = [];
    const gone = clients.map(ended);
    const session = await sessions.openGuard();
    const request = requestFor(session, {});
    const signalled = {
      query: async <Row>(text: string, values?: readonly unknown[]) => {
        if (text.includes('pg_terminate_backend') && loggedBefore.length === 0)
          loggedBefore = request.logged.map(([event]) => event);
        return await session.query<Row>(text, values);
      },
    };
    const policy = { ...request.policy, ...AT_ONCE };
    await settled();
    const { reclamation, memory } = await reclaim({ ...request, policy, session: signalled });
    await Promise.all(gone);
    expect(reclamation).toMatchObject({
      candidates: 3,
      limitedBy: null,
      failure: null,
      leftAlone: {},
      used: 3,
    });
    expect(new Set(reclamation.chosen.map(({ pid }) => pid))).toEqual(new Set(pids));
    for (const chosen of reclamation.chosen)
      expect(chosen).toMatchObject({
        role: 'app',
        application: 'web',
        client: '127.0.0.1',
        outcome: 'ended',
      });
    expect(memory.spent).toEqual([{ minute: expect.any(Number), count: 3 }]);
    expect(loggedBefore).toEqual(['reclaim.begin']);
    expect(request.logged.map(([event]) => event)).toEqual(['reclaim.begin', 'reclaim.done']);
    expect(request.logged[0]?.[1]).toMatchObject({
      held: 'critical',
      sessions: [
        { role: 'app', application: 'web', client: '127.0.0.1', idleFor: expect.any(Number) },
        {},
        {},
      ],
    });
    expect(JSON.stringify(request.logged)).not.toContain('secret');
  });

  it('works on the session that the observer keeps, which is no client of the count', async () => {
    const client = await sessions.open();
    const gone = ended(client);
    const { host, port } = sessions.server;
    const observer = createObserver({
      target: { host, port, database: 'postgres', tls: { mode: 'disable' }, checkTimeout: 20 },
      credentials: { credentials: async () => sessions.guard },
      clock: systemClock,
    });
    const sample = await observer.sample(new AbortController().signal);
    if (sample.kind !== 'sample' || observer.session === null) throw new Error(JSON.stringify(sample));
    const { reclamation } = await pass({ session: observer.session, sample });
    expect(reclamation).toMatchObject({ used: sample.used, chosen: [{ outcome: 'ended' }] });
    await gone;
    expect(await observer.sample(new AbortController().signal)).toMatchObject({ kind: 'sample', used: 0 });
    await observer.close();
  });

  it('works on a full server for a guard that is in, and makes room for a login', async () => {
    const session = await sessions.openGuard();
    const filled: Client[] = [];
    for (;;) {
      const client = await sessions.open().catch((error: { code: string }) => error.code);
      if (typeof client === 'string') break;
      filled.push(client);
    }
    const policy = { ...requestFor(session, {}).policy, ...AT_ONCE, maxPerCheck: 25 };
    const { reclamation } = await pass({ session, policy });
    expect(reclamation.used).toBe(filled.length);
    expect(reclamation.chosen.filter(({ outcome }) => outcome === 'ended')).toHaveLength(25);
    expect(reclamation.limitedBy).toBe('maxPerCheck');
    expect(await alive(await sessions.open())).toBe(true);
  });

  it.skipIf(defaultMajor() < 16)('works for a guard that gets in through a reserved slot', async () => {
    await using server = await startPostgres({ maxConnections: 12, settings: { reserved_connections: '2' } });
    const guard = await createMonitor(server, { canSignal: true, usesReserved: true });
    const app = await createRole(server);
    const { host, port } = server;
    const login = () => {
      const client = new Client({ host, port, database: 'postgres', ...app });
      client.on('error', () => {});
      return client.connect().then(() => client);
    };
    for (let slot = 0; slot < 7; slot++) await login();
    await expect(login()).rejects.toMatchObject({ code: '53300' });
    const observer = createObserver({
      target: { host, port, database: 'postgres', tls: { mode: 'disable' }, checkTimeout: 20 },
      credentials: { credentials: async () => guard },
      clock: systemClock,
    });
    const sample = await observer.sample(new AbortController().signal);
    if (sample.kind !== 'sample' || observer.session === null) throw new Error(JSON.stringify(sample));
    const { reclamation } = await pass({ session: observer.session, sample, level: 'full' });
    expect(reclamation.chosen.map(({ outcome }) => outcome)).toContain('ended');
    await (await login()).end();
    await observer.close();
  });

  it('takes one statement to list, one for each session and few to verify', async () => {
    await Promise.all(Array.from({ length: 20 }, () => sessions.open()));
    const session = await sessions.openGuard();
    let tries = 0;
    let others = 0;
    const counting = {
      query: async <Row>(text: string, values?: readonly unknown[]) => {
        const rows = await session.query<Row & { signalled?: unknown }>(text, values);
        // What a busy machine made the server ask for again is no statement more than one for each session.
        if (!text.includes('pg_terminate_backend')) others++;
        else if (rows[0]?.signalled !== null) tries++;
        return rows;
      },
    };
    const { reclamation } = await pass({ session: counting });
    expect(reclamation.chosen.map(({ outcome }) => outcome)).toEqual(Array(20).fill('ended'));
    expect(tries).toBe(20);
    expect(others).toBeGreaterThanOrEqual(2);
    expect(others).toBeLessThanOrEqual(8);
  });

  it('tries a session again that a busy server saw too late to be sure of, and gives up on it in the end', async () => {
    await sessions.open();
    const session = await sessions.openGuard();
    const lateFor = (times: number) => ({
      query: async <Row>(text: string, values?: readonly unknown[]) =>
        text.includes('pg_terminate_backend') && times-- > 0
          ? ([{ signalled: null }] as Row[])
          : await session.query<Row>(text, values),
    });
    const never = await pass({ session: lateFor(Number.POSITIVE_INFINITY) });
    expect(never.reclamation).toMatchObject({ chosen: [{ outcome: 'changed' }], failure: null });
    const once = await pass({ session: lateFor(1) });
    expect(once.reclamation).toMatchObject({ chosen: [{ outcome: 'ended' }], failure: null });
  });

  it('does not depend on how the server writes timestamps for the guard', async () => {
    const guard = await createMonitor(sessions.server, { name: 'german', canSignal: true });
    await sessions.server.query(
      `ALTER ROLE german SET DateStyle = 'German'; ALTER ROLE german SET TimeZone = 'Europe/Berlin'`,
    );
    const client = await sessions.open();
    const gone = ended(client);
    const session = await sessions.openGuard({ login: guard });
    const { reclamation } = await pass({ session });
    expect(reclamation.chosen).toMatchObject([{ outcome: 'ended' }]);
    await gone;
  });

  it('does everything but the signal in dry-run', async () => {
    const client = await sessions.open();
    const { reclamation, memory, logged } = await pass(
      { policy: { ...requestFor(await sessions.openGuard(), { mode: 'dry-run' }).policy, ...AT_ONCE } },
      () => Promise.reject(new Error('a dry run must not take from the budget')),
    );
    // The other guard session is one of ours.
    expect(reclamation).toMatchObject({ mode: 'dry-run', chosen: [{ outcome: 'would-end' }], failure: null });
    expect(reclamation.leftAlone).toEqual({ ours: 1 });
    expect(memory).toMatchObject({ spent: [], cut: [] });
    expect(logged.map(([event]) => event)).toEqual(['reclaim.done']);
    expect(await alive(client)).toBe(true);
  });
});

describe('leaving alone', () => {
  it('never touches those that are protected, and says why', async () => {
    const { server } = sessions;
    const replicator = await createRole(server, { name: 'replicator' });
    const rds = await createRole(server, { name: 'rdsproxyadmin' });
    await server.query('ALTER ROLE replicator REPLICATION');
    const kept = [
      await sessions.open({ login: server.superuser }),
      await sessions.open({ login: replicator }),
      await sessions.open({ login: rds }),
      (await sessions.openGuard()).client,
    ];
    for (const listen of [
      'LISTEN news',
      '  /* worker */ listen news',
      '-- worker\nLISTEN news',
      `SET work_mem = '1MB'; LISTEN news`,
    ]) {
      const listener = await sessions.open();
      await listener.query(listen);
      kept.push(listener);
    }
    for (const lock of ['pg_advisory_lock(1)', 'pg_advisory_lock_shared(2, 3)']) {
      const leader = await sessions.open();
      await leader.query(`SELECT ${lock}`);
      await leader.query('SELECT 1');
      kept.push(leader);
    }
    const inTransaction = await sessions.open();
    await inTransaction.query('BEGIN');
    const aborted = await sessions.open();
    await aborted.query('BEGIN; SELECT 1');
    await aborted.query('SELECT 1/0').catch(() => {});
    const stale = await sessions.open();
    await stale.query('UNLISTEN *');
    const gone = ended(stale);

    const { reclamation } = await pass();
    await gone;
    expect(reclamation.chosen).toHaveLength(1);
    expect(reclamation.leftAlone).toEqual({
      superuser: 1,
      replication: 1,
      'rds-role': 1,
      ours: 1,
      listen: 4,
      'advisory-lock': 2,
      'in-transaction': 2,
    });
    for (const client of [...kept, inTransaction]) expect(await alive(client)).toBe(true);
  });

  it('ends no session that the server hides from the guard', async () => {
    const blind = await createRole(sessions.server, { name: 'blind' });
    await sessions.server.query('GRANT pg_signal_backend TO blind');
    const client = await sessions.open();
    const session = await sessions.openGuard({ login: blind });
    const { reclamation } = await pass({ session });
    // What is hidden may be anything with a database: the session of the test's administrator is counted as well.
    expect(reclamation.chosen).toEqual([]);
    expect(reclamation.leftAlone).toEqual({ 'not-seen-whole': 2 });
    expect(await alive(client)).toBe(true);
  });

  it('skips a session that did something between choice and signal, whatever it is doing now', async () => {
    const [ran, runs, began, stale] = await Promise.all([1, 2, 3, 4].map(() => sessions.open()));
    if (!ran || !runs || !began || !stale) throw new Error('four sessions');
    const pids = await Promise.all([ran, runs, began, stale].map(pidOf));
    let running: Promise<unknown> = Promise.resolve();
    const { reclamation, memory } = await pass({}, async () => {
      await ran.query('SELECT 1');
      running = runs.query('SELECT pg_sleep(1)');
      await began.query('BEGIN');
      await until(async () => (await stateOf(pids[1])) === 'active');
    });
    const outcomes = new Map(reclamation.chosen.map(({ pid, outcome }) => [pid, outcome]));
    expect(pids.map((pid) => outcomes.get(pid))).toEqual(['changed', 'changed', 'changed', 'ended']);
    await expect(running).resolves.toBeDefined();
    expect(await alive(began)).toBe(true);
    expect(await alive(ran)).toBe(true);
    // What was set aside for those left alone is given back.
    expect(memory.spent).toMatchObject([{ count: 1 }]);
  });

  it('skips a transaction that went on between choice and signal, and ends one that did not', async () => {
    const [goesOn, stuck] = await Promise.all([1, 2].map(() => sessions.open()));
    await goesOn?.query('BEGIN');
    await stuck?.query('BEGIN');
    const { policy } = requestFor(await sessions.openGuard(), {});
    const { reclamation } = await pass(
      { policy: { ...policy, ...AT_ONCE, idleInTransactionFor: 0 } },
      async () => goesOn?.query('SELECT 1'),
    );
    expect(reclamation.chosen.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'ended']);
  });

  it('does not signal another session under the same pid', async () => {
    const client = await sessions.open();
    await pidOf(client);
    const session = await sessions.openGuard();
    await settled();
    const [row] = await readRows(session);
    if (!row) throw new Error('one session');
    const earlier = { ...row, backendStart: '2020-01-01T00:00:00.000000Z' };
    const { outcomes } = await terminate(session, [earlier], systemClock, new AbortController().signal);
    expect(outcomes).toEqual(['gone']);
    expect(await alive(client)).toBe(true);
  });

  it('says gone of one that left by itself', async () => {
    const client = await sessions.open();
    const pid = await pidOf(client);
    const { reclamation } = await pass({}, async () => {
      await client.end();
      await until(async () => (await stateOf(pid)) === undefined);
    });
    expect(reclamation.chosen).toMatchObject([{ outcome: 'gone' }]);
  });
});

describe('when the server or the store says no', () => {
  it('reports refused for a guard without pg_signal_backend', async () => {
    const weak = await createMonitor(sessions.server, { name: 'weak' });
    const client = await sessions.open();
    const { reclamation, memory } = await pass({ session: await sessions.openGuard({ login: weak }) });
    expect(reclamation).toMatchObject({ chosen: [{ outcome: 'refused' }], failure: null });
    expect(memory).toMatchObject({ spent: [], cut: [] });
    expect(await alive(client)).toBe(true);
  });

  it('goes on with the others when one turns out to be a superuser', async () => {
    const promoted = await createRole(sessions.server, { name: 'promoted' });
    const lucky = await sessions.open({ login: promoted });
    await Promise.all([1, 2].map(() => sessions.open()));
    const { reclamation } = await pass({}, () => sessions.server.query('ALTER ROLE promoted SUPERUSER'));
    // PostgreSQL checks the role of the session at the moment of the signal.
    expect(reclamation.chosen.map(({ outcome }) => outcome).sort()).toEqual(['ended', 'ended', 'refused']);
    expect(await alive(lucky)).toBe(true);
  });

  it('tells of a server that goes away in the middle, and does not throw', async () => {
    await Promise.all([1, 2, 3].map(() => sessions.open()));
    const { reclamation, memory } = await pass({}, () => sessions.server.restart('immediate'));
    expect(reclamation.failure).not.toBeNull();
    expect(reclamation.chosen.map(({ outcome }) => outcome)).toEqual(Array(3).fill('unknown'));
    // What may have been signalled counts as spent.
    expect(memory.spent).toMatchObject([{ count: 3 }]);
  });

  it('tells of a server that is gone before its sessions could be listed', async () => {
    const session = await sessions.openGuard();
    await session.client.end();
    const { reclamation, logged } = await pass({ session });
    expect(reclamation).toMatchObject({ chosen: [], used: 10, failure: expect.stringContaining('closed') });
    expect(logged).toMatchObject([['reclaim.done', { failure: expect.any(String) }]]);
  });

  it('waits for no answer any longer than the check may take', async () => {
    await sessions.open();
    const session = await sessions.openGuard();
    const stopper = new AbortController();
    const stuck = {
      query: async <Row>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
        if (!text.includes('pg_terminate_backend')) return await session.query<Row>(text, values);
        queueMicrotask(() => stopper.abort(new Error('out of time')));
        return await new Promise(() => {});
      },
    };
    const { reclamation } = await pass({ session: stuck, signal: stopper.signal });
    expect(reclamation).toMatchObject({ chosen: [{ outcome: 'unknown' }], failure: 'out of time' });
  });

  it('signals no session when another run has the memory, or the check must end', async () => {
    const client = await sessions.open();
    const conflict = await pass({}, () => Promise.reject(new Error('somebody stored a newer version')));
    expect(conflict.reclamation).toMatchObject({ chosen: [], failure: 'somebody stored a newer version' });
    const stopper = new AbortController();
    const late = await pass({ signal: stopper.signal }, async () => stopper.abort(new Error('out of time')));
    expect(late.reclamation).toMatchObject({ chosen: [], failure: 'out of time' });
    expect(await alive(client)).toBe(true);
  });
});

describe('limits over several passes', () => {
  it('holds maxPerHour across runs, and across an event that comes twice', async () => {
    await Promise.all(Array.from({ length: 12 }, () => sessions.open()));
    const [one, two] = [await sessions.openGuard(), await sessions.openGuard()];
    const base = requestFor(one, { maxPerHour: 5 });
    const policy = { ...base.policy, ...AT_ONCE };
    // The store: a memory is written only over the version that was read.
    let stored = { memory: base.memory, version: 0 };
    const run = async (session: typeof one) => {
      const { memory, version } = stored;
      const result = await reclaim({
        ...base,
        session,
        policy,
        memory,
        reserve: async (reserved) => {
          if (stored.version !== version) throw new Error('a newer version is stored');
          stored = { memory: { ...stored.memory, ...reserved }, version: version + 1 };
        },
      });
      if (result.reclamation.failure === null) stored = { ...stored, memory: result.memory };
      return result.reclamation;
    };
    await settled();
    const both = await Promise.all([run(one), run(two)]);
    expect(both.map(({ chosen }) => chosen.length).toSorted((a, b) => a - b)).toEqual([0, 5]);
    const third = await run(one);
    expect(third).toMatchObject({ chosen: [], limitedBy: 'maxPerHour', leftAlone: { limit: 7, ours: 1 } });
  });

  it('stops for a while when the pool opens again what was ended', async () => {
    const pool = () => Promise.all(Array.from({ length: 10 }, () => sessions.open({ application: 'pool' })));
    await pool();
    // As if the pool had been opened a minute ago: sessions of this moment would count as arriving anyway.
    const session = await sessions.openGuard();
    const request = requestFor(session, {});
    const policy = { ...request.policy, ...AT_ONCE };
    const old = {
      query: async <Row>(text: string, values?: readonly unknown[]) =>
        (await session.query<Row & { startedFor?: number }>(text, values)).map((row) =>
          row.startedFor === undefined ? row : { ...row, startedFor: row.startedFor + 60 },
        ),
    };
    await settled();
    const first = await reclaim({ ...request, policy, session: old });
    expect(first.reclamation.chosen).toHaveLength(10);
    expect(first.memory.cut).toMatchObject([{ application: 'pool', ended: 10, before: 10, rate: 0 }]);
    await pool();
    const second = await reclaim({ ...request, policy, memory: first.memory });
    expect(second.reclamation).toMatchObject({
      chosen: [],
      leftAlone: { 'pool-refills': 10 },
      pausedPools: [{ role: 'app', application: 'pool' }],
    });
  });

  it('leaves a session alone that came back and has not missed twice its gap', async () => {
    const client = await sessions.open();
    const session = await sessions.openGuard();
    const request = requestFor(session, {});
    const dry = { ...request.policy, ...AT_ONCE, mode: 'dry-run' as const };
    const first = await reclaim({ ...request, policy: dry });
    expect(first.reclamation.chosen).toHaveLength(1);
    await client.query('SELECT pg_sleep(0.3)');
    const [row] = await readRows(session);
    if (row === undefined) throw new Error('the session is gone');
    const key = sessionKey({ pid: row.pid, startedAt: microseconds(row.backendStart) });
    const back = { changedAt: microseconds(row.stateChange), prediction: null, patience: 60, mayTry: false };
    const second = await reclaim({ ...request, policy: dry, known: new Map([[key, back]]) });
    expect(second.reclamation).toMatchObject({ chosen: [], leftAlone: { 'comes-back': 1 } });
  });
});

async function stateOf(pid: number | undefined): Promise<string | undefined> {
  const [row] = await sessions.server.query<{ state: string }>(
    `SELECT state FROM pg_stat_activity WHERE pid = ${Number(pid)}`,
  );
  return row?.state;
}

/**
 * A session on a busy machine may be idle for a while before it waits for its client, and until then it is spared; one
 * that was refused may still be there, and counts.
 */
async function settled(): Promise<void> {
  await until(async () => {
    const [row] = await sessions.server.query<{ busy: number }>(
      `SELECT count(*)::int AS busy FROM pg_stat_activity WHERE backend_type = 'client backend'
       AND (state IS NULL OR state LIKE 'idle%') AND wait_event IS DISTINCT FROM 'ClientRead'`,
    );
    return row?.busy === 0;
  });
}

/** Asks again and again; the test's own timeout is the end of it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemClock.sleep(10);
}
