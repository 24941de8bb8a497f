import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { likelyCauses } from '../../../lambda/assess/causes/likely-causes.ts';
import { manyWaiting } from '../../../lambda/model/head-blocker.ts';
import type { Session } from '../../../lambda/model/session.ts';
import { headBlocker } from '../../../lambda/observe/head-blocker.ts';
import { readAnswer } from '../../../lambda/observe/read-answer.ts';
import { SAMPLE_STATEMENT } from '../../../lambda/observe/sample-query.ts';
import { reclaim } from '../../../lambda/reclaim/reclaim.ts';
import { until } from '../observe/rig.ts';
import { START, sample as sampleAt } from '../report/situations.ts';
import { pidOf, policyOf, requestFor, type Sessions, startSessions } from './support.ts';

let sessions: Sessions;
beforeAll(async () => {
  sessions = await startSessions();
  await sessions.server.query('CREATE TABLE stock (id int, left_over int); GRANT ALL ON stock TO app');
  await sessions.server.query('INSERT INTO stock VALUES (1, 9), (2, 9)');
});
afterAll(async () => {
  await sessions.endAll();
  await sessions.server.stop();
});
afterEach(() => sessions.endAll());

const TAKE = 'UPDATE stock SET left_over = left_over - 1 WHERE id =';

const sampleOn = async (session: Session) => {
  const seen = readAnswer(await session.query(SAMPLE_STATEMENT));
  if (seen.kind !== 'sample') throw new Error('the guard cannot see the sessions');
  return sampleAt(START, seen.used, { groups: seen.groups });
};

/** Sessions that wait for what the first one, idle in its transaction, has taken: a queue, for the second holds its place. */
async function blocked(guard: Session, waiting: number) {
  const blocker = await sessions.open({ application: 'reports' });
  await blocker.query(`BEGIN; ${TAKE} 1`);
  const others = await Promise.all(
    Array.from({ length: waiting }, () => sessions.open({ application: 'web' })),
  );
  const done = others.map((client) =>
    client.query(`${TAKE} 1`).then(
      () => 'done',
      () => 'broken',
    ),
  );
  await until(async () => manyWaiting(await sampleOn(guard)) === waiting);
  return { blocker, done, pid: await pidOf(blocker) };
}

describe('of sessions that wait for locks', () => {
  it('the one at the head of the queue is found, and told with what it does', async () => {
    const guard = await sessions.openGuard();
    const { pid } = await blocked(guard, 7);
    const head = await headBlocker(guard, 7);
    expect(head).toMatchObject({
      pid,
      role: 'app',
      application: 'reports',
      state: 'idle in transaction',
      blocks: 7,
    });
    const [cause] = likelyCauses({ ...(await sampleOn(guard)), used: 10, headBlocker: head });
    expect(cause).toMatchObject({
      id: 'head-blocker',
      evidence: expect.stringMatching(
        new RegExp(`^pid ${pid} of "reports", idle in transaction for \\d+ s, blocks 7 sessions$`),
      ),
    });
  });

  it('none is named where several block as many each', async () => {
    const guard = await sessions.openGuard();
    for (const id of [1, 2, 3]) {
      const holder = await sessions.open();
      await holder.query(`BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(${id})`);
      for (const client of await Promise.all([sessions.open(), sessions.open()])) {
        client.query(`SELECT pg_catalog.pg_advisory_lock(${id})`).catch(() => {});
      }
    }
    await until(async () => manyWaiting(await sampleOn(guard)) === 6);
    expect(await headBlocker(guard, 6)).toBeNull();
    const [cause] = likelyCauses({ ...(await sampleOn(guard)), used: 10, headBlocker: null });
    expect(cause).toMatchObject({
      id: 'lock-storm',
      evidence: expect.stringMatching(/^6 of 10 sessions wait for locks/),
    });
  });

  it.each([
    ['is ended where the policy says so, and the others go on', { headBlocker: true }, 'ended'],
    ['is not ended in a dry run', { headBlocker: true, mode: 'dry-run' }, 'would-end'],
    ['is left alone by default', {}, undefined],
    [
      'is left alone where it is protected',
      { headBlocker: true, except: { applications: ['reports'] } },
      undefined,
    ],
  ])('the head %s', async (_, settings, outcome) => {
    const guard = await sessions.openGuard();
    const { pid, done, blocker } = await blocked(guard, 5);
    const sample = { ...(await sampleOn(guard)), headBlocker: await headBlocker(guard, 5) };
    const policy = policyOf({ mode: 'terminate', ...settings });
    const { reclamation } = await reclaim({ ...requestFor(guard, {}), policy, sample });
    const chosen = reclamation.chosen.map((session) => [session.pid, session.outcome, session.blocks]);
    expect(chosen).toEqual(outcome === undefined ? [] : [[pid, outcome, 5]]);
    if (outcome !== 'ended') await blocker.query('ROLLBACK');
    expect(await Promise.all(done)).toEqual(['done', 'done', 'done', 'done', 'done']);
  });
});
