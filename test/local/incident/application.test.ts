import { describe, expect, it } from 'vitest';
import { total } from '../../../local/incident/application/ledger.ts';
import { between, randomFrom } from '../../../local/incident/application/random.ts';
import type { Holders, Leak, Scenario } from '../../../local/incident/application/scenario.ts';
import { SCENARIOS } from '../../../local/incident/application/scenarios.ts';
import { type Keeper, play } from '../../../local/incident/stage.ts';
import { levelsReached } from '../../../local/incident/timeline.ts';

const tabs: Holders = {
  kind: 'holders',
  name: 'tabs',
  count: 6,
  arrive: { at: 0, over: 1 },
  useEvery: [0.2, 0.4],
  leave: null,
  refills: false,
};

const small: Scenario = {
  name: 'small',
  title: 'a small server is filled by a leak',
  seconds: 6,
  maxConnections: 20,
  reservedConnections: 0,
  thresholds: { warning: 8, critical: 14 },
  endsWithCommit: false,
  clients: [
    tabs,
    {
      kind: 'pages',
      name: 'pages',
      perSecond: 5,
      retried: 0,
      collector: { every: [60, 80], share: [0.1, 0.2] },
      mend: { at: 4, over: 0.5 },
    },
    { kind: 'requests', name: 'requests', perSecond: 8, lasting: [0.001, 0.01] },
  ],
  story: [],
};

/** A leak whose sessions stay idle in a transaction. */
const stuck: Leak = {
  kind: 'leak',
  name: 'stuck',
  initially: 1,
  perSecond: 5,
  at: 0.5,
  leftIn: 'idle in transaction',
};

/** Ends every idle session of the application that the condition names, ten times a second. */
function endWhere(condition: string): Keeper {
  return async (stage, signal) => {
    while (!signal.aborted && stage.elapsed() < 3500) {
      await stage.server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE usename = 'site' AND state = 'idle' AND ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
}

const never = new AbortController().signal;

describe('an application on a real server', () => {
  it('fills it, counts the logins that are refused, and lets go when the leak is mended', async () => {
    const stage = await play({ scenario: small, keepers: [] }, never);
    expect([...stage.ledger.failures]).toEqual([]);
    expect(stage.limits.usable).toBe(17);
    expect(levelsReached(stage.measurements, stage.limits).map(({ level }) => level)).toEqual([
      'warning',
      'critical',
      'full',
      'ok',
    ]);
    expect(stage.ledger.refusedAt.length).toBeGreaterThan(5);
    expect(total(stage.ledger.cut)).toBe(0);
    expect(stage.ledger.endedAt).toEqual([]);
    expect(stage.ledger.open.get('tabs')).toBe(6);
    expect(stage.ledger.open.get('pages')).toBe(0);
  });

  it('cuts no living session when only sessions are ended that no client comes back to', async () => {
    const keeper = endWhere("state_change < clock_timestamp() - interval '1 s'");
    const stage = await play({ scenario: small, keepers: [keeper] }, never);
    expect([...stage.ledger.failures]).toEqual([]);
    expect(stage.ledger.endedAt.length).toBeGreaterThan(5);
    expect(total(stage.ledger.cut)).toBe(0);
    expect(stage.ledger.refusedAt.length).toBe(0);
  });

  it('counts the clients that come back to a session that was ended', async () => {
    const stage = await play({ scenario: small, keepers: [endWhere('true')] }, never);
    expect([...stage.ledger.failures]).toEqual([]);
    expect(total(stage.ledger.cut)).toBeGreaterThan(5);
    expect(stage.ledger.endedAt.length).toBeGreaterThan(total(stage.ledger.cut));
  });

  it('leaves a session idle in its transaction where the scenario says so', async () => {
    const clients = small.clients.map((group) => (group.kind === 'pages' ? stuck : group));
    const stage = await play({ scenario: { ...small, seconds: 2, clients }, keepers: [] }, never);
    expect(stage.measurements.at(-1)?.inTransaction).toBeGreaterThan(4);
  });

  it('replaces at once what is ended of a pool that refills', async () => {
    const pool = { ...tabs, useEvery: [60, 60] as const, refills: true };
    const stage = await play(
      { scenario: { ...small, seconds: 3, clients: [pool] }, keepers: [endWhere('true')] },
      never,
    );
    expect(stage.ledger.endedAt.length).toBeGreaterThan(12);
    expect(total(stage.ledger.cut)).toBe(0);
  });

  it('stops at once, with the reason, when it is told to', async () => {
    const stopper = new AbortController();
    const reason = new Error('enough');
    const playing = play(
      { scenario: small, keepers: [], audience: { onMeasurement: () => stopper.abort(reason) } },
      stopper.signal,
    );
    await expect(playing).rejects.toBe(reason);
  });

  it('breaks off when what watches over it breaks', async () => {
    const broken: Keeper = () => Promise.reject(new Error('broken'));
    await expect(play({ scenario: small, keepers: [broken] }, never)).rejects.toThrow('broken');
  });
});

describe('the scenarios', () => {
  it('have names of their own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });

  it('meet every policy with the same numbers', () => {
    const draw = (key: string) =>
      Array.from({ length: 5 }, (_, index) => between([index, index + 1], randomFrom(key)));
    expect(draw('incident/tabs/1')).toEqual(draw('incident/tabs/1'));
    expect(draw('incident/tabs/1')).not.toEqual(draw('incident/tabs/2'));
  });
});
