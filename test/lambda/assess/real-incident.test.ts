import { describe, expect, test } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import { addSample, emptySessionHistory } from '../../../lambda/assess/predictions/session-history.ts';
import type { LikelyCause } from '../../../lambda/model/likely-cause.ts';
import { emptyMemory } from '../../../lambda/model/memory.ts';
import type { SessionGroup } from '../../../lambda/model/observation.ts';
import { microseconds } from '../../../lambda/reclaim/earned.ts';
import { SCENARIOS } from '../../../local/incident/application/scenarios.ts';
import { sampled, timestamp } from '../../support/model/guard.ts';
import { type Model, type ModelSession, playModel } from '../../support/model/model.ts';
import { database, START, sample } from '../report/situations.ts';

/** The groups that the sample statement makes of these sessions. */
function groupsOf(sessions: readonly ModelSession[], now: number): SessionGroup[] {
  const groups = new Map<string, ModelSession[]>();
  for (const session of sessions) {
    const key = JSON.stringify([session.application, session.state]);
    groups.set(key, [...(groups.get(key) ?? []), session]);
  }
  return [...groups.values()].map((same) => {
    const [{ application, state }] = same as [ModelSession];
    const idle = state === 'idle' ? same : [];
    const once = idle.filter(
      ({ stateChange, backendStart }) => stateChange < now - 5 && stateChange < backendStart + 5,
    );
    const started = once.map(({ backendStart }) => backendStart);
    const over = Math.max(...started) - Math.min(...started);
    return {
      application,
      state,
      database: 'shop',
      role: 'app',
      client: '10.0.0.1',
      count: same.length,
      oldestStateAge: Math.max(...same.map(({ stateChange }) => now - stateChange)),
      oldestTransactionAge: null,
      returning: idle.filter((one) => one.stateChange > now - 5 && one.backendStart < now - 10).length,
      usedOnce: over > 10 ? once.length : 0,
      waiting: 0,
      opened: same.filter(({ backendStart }) => backendStart > now - 120).length,
    };
  });
}

interface Told {
  /** How many sessions there are of each kind, as the scenario knows and the guard does not. */
  readonly open: ReadonlyMap<string, number>;
  readonly used: number;
  /** What one sample shows by itself, and what a guard says that has followed the sessions every 2 s. */
  readonly once: readonly LikelyCause[];
  readonly followed: readonly LikelyCause[];
}

/** The likely causes at one second of a scenario on a modelled server. */
async function toldAt(name: string, second: number): Promise<Told> {
  const scenario = SCENARIOS.find((known) => known.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const model: Model = playModel(scenario, 1);
  let history = emptySessionHistory;
  for (let now = 2; now <= second; now += 2) {
    await model.advance(now);
    const at = microseconds(timestamp(now));
    history = addSample(history, { at, sessions: model.sessions().map(sampled) }, 'started').history;
  }
  const used = model.sessions().length;
  const observation = sample(START, used, { groups: groupsOf(model.sessions(), second) });
  const input = { observation, database: database(), memory: emptyMemory(START), now: START };
  const causes = (followed: object) => assess({ ...input, ...followed }).memory.lastSeen?.causes ?? [];
  return { open: model.ledger.open, used, once: causes({}), followed: causes({ history }) };
}

const sessionsOf = (causes: readonly LikelyCause[], id: LikelyCause['id']) =>
  causes.find((cause) => cause.id === id)?.sessions ?? 0;

describe('of the real incident, sample for sample as it was measured', () => {
  test.each([
    ['incident', 60],
    ['incident', 80],
    ['incident', 120],
    ['incident', 150],
    ['incident-commit', 100],
  ])('both causes are named, open streams and leaks (%s, second %d)', async (name, second) => {
    const { once, followed, used } = await toldAt(name, second);
    for (const causes of [once, followed]) {
      const streams = sessionsOf(causes, 'open-streams') / used;
      const kept = sessionsOf(causes, 'kept-after-request') / used;
      expect(Math.min(streams, kept)).toBeGreaterThan(0.3);
      expect(streams + kept).toBeGreaterThan(0.85);
    }
  });

  test('no stream is claimed before there are many', async () => {
    const { followed } = await toldAt('incident', 20);
    expect(followed.map(({ id }) => id)).toEqual(['kept-after-request']);
  });
});

test('streams and leaks are told apart to the session, once the sessions were followed', async () => {
  const { followed, open } = await toldAt('slow-leak', 120);
  expect(sessionsOf(followed, 'open-streams')).toBe(open.get('open tabs'));
  expect(
    Math.abs(sessionsOf(followed, 'kept-after-request') - (open.get('leaked sessions') ?? 0)),
  ).toBeLessThan(2);
});

test('of a program with a name, what it left open is told, and its pool that only waits is not', async () => {
  for (const [name, second] of [
    ['waiting-pool', 40],
    ['lifo', 80],
  ] as const) {
    const { once, followed } = await toldAt(name, second);
    for (const causes of [once, followed]) {
      expect(causes.map(({ id }) => id)).toEqual(['kept-after-request']);
      expect(causes[0]?.evidence).toMatch(/sessions of "web" \(role "app"\) idle for up to .*used once$/);
    }
  }
});

test.each([
  ['a pool used all at once', 'lifo', 150],
  ['pods whose requests come every 3 to 12 s', 'burst', 100],
])('%s looks like streams in one sample, and no more when followed', async (_, name, second) => {
  const { once, followed } = await toldAt(name, second);
  expect(once.map(({ id }) => id)).toContain('open-streams');
  expect(followed.map(({ id }) => id)).not.toContain('open-streams');
});
