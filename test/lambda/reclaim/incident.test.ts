import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { databaseSchema } from '../../../lambda/config/database.ts';
import { errorOf, isTried } from '../../../lambda/model/prediction.ts';
import { SCENARIOS } from '../../../local/incident/application/scenarios.ts';
import { guardModel } from '../../support/model/guard.ts';
import { playModel } from '../../support/model/model.ts';

const login = { secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:guard-AbCdEf' };

/** What became of a scenario on a modelled server with the guard on it, everything but the mode left to the defaults. */
async function played(name: string, seed: number, coldStarts: readonly number[] = []) {
  const scenario = SCENARIOS.find((known) => known.name === name);
  if (!scenario) throw new Error(`no scenario ${name}`);
  const database = v.parse(databaseSchema, {
    name: 'orders',
    host: 'localhost',
    login,
    reclaim: { mode: 'terminate' },
  });
  const model = playModel(scenario, seed);
  const cadence = { phase: (seed * 10) % 60, coldStarts };
  const guard = await guardModel(model, database, cadence, scenario.seconds);
  const { refusedAt, cut, endedAt } = model.ledger;
  return {
    guard,
    ended: endedAt.length,
    outcome: { refused: refusedAt.length, cut: Object.fromEntries(cut) },
  };
}

const HELD = { refused: 0, cut: {} };

describe('a site as plain data, with the guard that learns', () => {
  it.each(['incident-a', 'incident', 'incident-commit'])(
    'holds the real incident (%s): none refused, no living session cut',
    async (name) => {
      for (const seed of [1, 2]) expect((await played(name, seed)).outcome).toEqual(HELD);
    },
  );

  it('ends by rules only what the measured error allowed', async () => {
    const { guard, ended } = await played('incident', 3);
    const chosen = guard.passes.flatMap(({ choice }) => choice.chosen);
    expect(chosen).toHaveLength(ended);
    const scores = chosen.flatMap(({ prediction, isTrial }) =>
      prediction === null || isTrial ? [] : [prediction.score],
    );
    expect(scores.length).toBeGreaterThan(ended * 0.9);
    expect(scores.every((score) => isTried(score) && errorOf(score) <= 0.06)).toBe(true);
  });

  it('learns by trial which of the sessions that go on polling were replaced, and cuts no other', async () => {
    const { guard, outcome } = await played('incident-b', 1);
    expect(outcome.cut).toEqual({});
    expect(outcome.refused).toBeLessThan(20);
    expect(guard.endedBy.get('replaced')).toBeGreaterThan(0);
  });

  it('cuts two living sessions at most to learn that streams which share their values are all read', async () => {
    const { guard, outcome } = await played('stream-rooms', 1);
    expect(outcome.cut['open tabs'] ?? 0).toBeLessThanOrEqual(2);
    expect(guard.endedBy.has('replaced')).toBe(false);
  });

  it('cuts no living session when its process is replaced in the middle: the scores are stored', async () => {
    const { outcome } = await played('incident-a', 4, [80, 120]);
    expect(outcome.cut).toEqual({});
  });

  it('ends no session of a pool opened in advance that waits for its first use beside a leak', async () => {
    expect((await played('waiting-pool', 1)).outcome).toEqual(HELD);
  });

  it('ends no session of a pool used last-in first-out, nor of a cron job, beside a leak', async () => {
    expect((await played('lifo', 1)).outcome).toEqual(HELD);
  });
});
