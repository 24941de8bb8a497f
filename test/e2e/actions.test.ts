import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseInput } from '../../lambda/config/database.ts';
import { policyDigest } from '../../lambda/config/pins.ts';
import { takeTurn } from '../../lambda/discover/state.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import { LOCAL_TABLE } from '../../local/aws/records.ts';
import type { LambdaEnvironment } from '../../local/function/environment.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { startActions } from '../support/actions.ts';
import { type GuardRig, ONE_SAMPLE, startGuardRig } from '../support/guard.ts';
import { type HeldSessions, holdSessions } from '../support/sessions.ts';

// The built function of the actions beside the built guard, on one server and one table. The guard's kept session is
// one of those that the other function counts, and never ends.

const PATIENCE = 10_000;

let server: PostgresServer;
let app: Login;
let monitor: Login;
let rig: GuardRig;
let held: HeldSessions;
let database: DatabaseInput;
let actions: LambdaEnvironment & AsyncDisposable;
let guard: LambdaEnvironment;

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 30 });
  app = await createRole(server);
  monitor = await createMonitor(server, { canSignal: true });
});
afterAll(() => server.stop());
beforeEach(async () => {
  rig = await startGuardRig();
  database = {
    ...rig.entry('orders', server, monitor),
    thresholds: { warning: 6, critical: 10 },
    reclaim: { mode: 'dry-run', idleFor: 1, usedOnceFor: 1, idleForAtFull: 1 },
  };
  held = await holdSessions(server, app, 12);
  await expect.poll(() => server.query(`SELECT 1 ${STALE}`), { timeout: 10_000 }).toHaveLength(12);
  guard = await rig.start();
  actions = await startActions(rig, [database], { GUARD_ACTIONS_TERMINATE: 'on' });
});
afterEach(async () => {
  await actions[Symbol.asyncDispose]();
  await held.end();
  await rig[Symbol.asyncDispose]();
});

const STALE = `FROM pg_stat_activity WHERE usename = 'app' AND clock_timestamp() - state_change > '1.1 s'`;

const check = () => guard.invoke({ databases: [database] }, ONE_SAMPLE);
const ask = (request: object) => actions.invoke({ database: 'orders', ...request }, PATIENCE);
const alive = async () => (await server.query(`SELECT 1 FROM pg_stat_activity WHERE usename = 'app'`)).length;
const subjects = () => rig.aws.messages.map(({ subject }) => subject);

/** What preview says, as far as `terminate` needs it. */
async function preview() {
  const answer = await ask({ action: 'preview' });
  return answer as { database: string; reclaim: { sessions: { pid: number; stateChange: string }[] } };
}

describe('the actions in the built function', () => {
  it('show what holds the slots and what reclaim would end, and leave no session behind', async () => {
    await check();
    expect(await ask({ action: 'holders' })).toMatchObject({
      action: 'holders',
      level: 'critical',
      used: 13,
      problem: null,
      holders: [expect.objectContaining({ role: 'app', count: 12, idle: 12 }), expect.anything()],
    });
    expect(await ask({ action: 'preview' })).toMatchObject({
      reclaim: { mode: 'dry-run', acts: true, until: 6, sessions: { length: 8 } },
    });
    expect(await alive()).toBe(12);
    await expect
      .poll(() => server.query(`SELECT 1 FROM pg_stat_activity WHERE usename = 'guard'`))
      .toHaveLength(1); // The guard's own, kept for its next run.
  });

  it('end exactly the sessions that preview showed, once, and the thread gets a message', async () => {
    await check();
    const shown = await preview();
    const request = { action: 'terminate', preview: shown, by: 'anna' };
    // Two clicks at the same moment, and a third one later.
    const clicks = await Promise.all([ask(request), ask(request)]);
    const outcomes = clicks.flatMap((click) => Object(click).outcomes ?? []);
    expect(outcomes.filter(({ outcome }) => outcome === 'ended' || outcome === 'signalled')).toHaveLength(8);
    expect(await ask(request)).toMatchObject({ text: expect.stringContaining('0 of 8 sessions ended') });
    expect(await alive()).toBe(4);
    await check();
    expect(subjects().at(-1)).toMatch(/^ANSWERED orders: \d of 8 sessions ended by anna/);
    const threads = rig.aws.messages.map(({ bodies }) => /Thread (\S+)/.exec(bodies['email'] ?? '')?.[1]);
    expect(new Set(threads).size).toBe(1);
    expect(actions.logs).toContainEqual(
      expect.objectContaining({ event: 'action.done', action: 'terminate', by: 'anna', changed: true }),
    );
  });

  it('leave a session alone that did something since it was shown, and one that another now has the pid of', async () => {
    const { reclaim } = await preview();
    const [first, ...others] = reclaim.sessions.map(({ stateChange, ...session }) => ({
      ...session,
      stateChange: stateChange.replace(/\d{3}Z$/, '000Z'),
    }));
    const backendStart = '2020-01-01T00:00:00.000000Z';
    const answer = await ask({ action: 'terminate', sessions: [{ ...first, backendStart }, ...others] });
    expect(answer).toMatchObject({ text: expect.stringMatching(/^0 of 7/) });
    expect(await alive()).toBe(12);
  });

  it('acknowledge and mute for every process of the guard, once, whatever is sent twice; FULL comes all the same', async () => {
    await check();
    const acknowledge = { action: 'acknowledge', by: 'anna' };
    await Promise.all([ask(acknowledge), ask(acknowledge)]);
    await ask({ action: 'mute', minutes: 60, by: 'anna' });
    const another = await rig.start();
    const events = [guard, another, another].map((one) => one.invoke({ databases: [database] }, ONE_SAMPLE));
    await Promise.all(events);
    expect(subjects().slice(1)).toEqual([
      expect.stringMatching(/^ANSWERED orders: acknowledged by anna; muted for 1 h by anna$/),
    ]);
    expect(await ask({ action: 'holders' })).toMatchObject({
      acknowledgedBy: 'anna',
      mutedUntil: expect.any(String),
    });
    const more = await holdSessions(server, app, 13);
    try {
      await check();
      expect(subjects().at(-1)).toMatch(/^FULL orders/);
    } finally {
      await more.end();
    }
  });

  it('are the buttons of the dashboard, and nothing that a dashboard sends is left without an answer', async () => {
    await check();
    const widgetContext = { dashboardName: 'Shop', params: { database: 'orders' }, forms: { all: {} } };
    const html = await ask({ widgetContext });
    const named = /<cwdb-action[^>]*>({"action":"terminate".*?})<\/cwdb-action>/.exec(String(html))?.[1];
    expect(html).toContain('orders: critical, 13 of 27 slots used');
    expect(await ask({ ...JSON.parse(named ?? ''), widgetContext })).toContain('8 of 8 sessions ended.');
    expect(await ask({ action: 'acknowledge', by: 'eve', widgetContext })).toContain(
      'Acknowledged by somebody at the dashboard Shop',
    );
    expect(await ask({ database: '<b>', widgetContext })).toMatch(/^<style>[\s\S]*&lt;b&gt;/);
    expect(await actions.invoke({ describe: true }, PATIENCE)).toContain('**database**');
  });

  it('are the buttons in Slack, which answer in a few lines, and end what preview shows without being told', async () => {
    await check();
    const press = (slack: string, more: object = {}) =>
      actions.invoke({ slack, database: 'orders', ...more }, PATIENCE);
    expect(await press('holders')).toEqual({
      text: '13 of 27 slots used, level critical.',
      lines: [expect.stringMatching(/^12 sessions, 12 idle: .+ of app from /), expect.anything()],
    });
    expect(await press('preview')).toMatchObject({
      text: expect.stringContaining('Reclaim would end 8 of them now.'),
      lines: { length: 8 },
    });
    await Promise.all([press('acknowledge'), press('acknowledge'), press('mute')]);
    const clicks = await Promise.all([press('terminate'), press('terminate')]);
    const texts = clicks.map((click) => String(Object(click).text));
    expect(texts.filter((text) => text === '8 of 8 sessions ended.')).toHaveLength(1);
    // The other began while the first was under way, or after it.
    expect(texts.filter((text) => /ending sessions right now|would end none/.test(text))).toHaveLength(1);
    expect(await press('terminate')).toMatchObject({ text: expect.stringContaining('would end none') });
    expect(await alive()).toBe(4);
    await check();
    expect(subjects().at(-1)).toContain('acknowledged by somebody in the Slack channel');
    await expect(press('drop')).rejects.toThrow('slack');
    await expect(press('holders', { host: 'evil.example' })).rejects.toThrow('host');
    await expect(press('holders', { database: '../etc' })).rejects.toThrow('allowed: orders');
  });

  it('refuse what is not asked for properly, name by name, and what the configuration does not allow', async () => {
    const refused = async (request: object) => ask(request).catch((error: unknown) => String(error));
    expect(await refused({ action: 'drop' })).toContain('holders, preview, acknowledge, mute or terminate');
    expect(await refused({ action: 'holders', database: '../etc' })).toContain('allowed: orders');
    expect(await refused({ action: 'holders', host: 'evil.example' })).toContain('host');
    expect(await refused({ action: 'mute', minutes: 1441 })).toContain('0 to 1440');
    expect(await refused({ action: 'terminate', sessions: [{ pid: '1; DROP' }] })).toContain('pid');
    const profiles = { domain: 'fleet.invalid', digests: [policyDigest({ login: database.login })] };
    await using plain = await startActions(rig, [database], {
      GUARD_PINNED_PROFILES: JSON.stringify(profiles),
    });
    const { reclaim } = await preview();
    await expect(
      plain.invoke({ action: 'terminate', database: 'orders', sessions: reclaim.sessions }, PATIENCE),
    ).rejects.toThrow('actions: { terminate: true }');
    await expect(plain.invoke({ slack: 'terminate', database: 'orders' }, PATIENCE)).rejects.toThrow(
      'actions: { terminate: true }',
    );
    expect(await alive()).toBe(12);
    expect(actions.logs.map(({ event }) => event)).toContain('action.refused');
    // One that discovery has found is known, though no check of it is stored.
    const { signal } = new AbortController();
    const turn = await takeTurn({ client: rig.dynamodb, tableName: LOCAL_TABLE, clock: systemClock, signal });
    const place = { name: 'fleet', host: 'one.fleet.invalid', discovered: { resourceId: 'db-FLEET' } };
    await turn.end(turn.state, [{ ...place, login: database.login }]);
    await expect(plain.invoke({ action: 'mute', database: 'fleet', minutes: 5 }, PATIENCE)).rejects.toThrow(
      'has not stored a check of db-FLEET yet',
    );
  });
});
