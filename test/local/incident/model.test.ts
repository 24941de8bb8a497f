import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../local/incident/application/scenario.ts';
import { SCENARIOS } from '../../../local/incident/application/scenarios.ts';
import { DEFAULT_SEED } from '../../../local/incident/stage.ts';
import { type Model, playModel } from '../../support/model/model.ts';

function scenario(name: string): Scenario {
  const found = SCENARIOS.find((known) => known.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return found;
}

const open = (model: Model, group: string) => model.ledger.open.get(group) ?? 0;

describe('the incident on a modelled server with no guard', () => {
  it('fills it as the measured one was filled, and refuses as many requests', async () => {
    const model = playModel(scenario('incident'), DEFAULT_SEED);
    const tabs = () => open(model, 'open tabs') + open(model, 'closed tabs');
    await model.advance(40);
    expect(Math.abs(tabs() - 33)).toBeLessThan(6);
    expect(Math.abs(open(model, 'finished requests') - 62)).toBeLessThan(25);
    expect(open(model, 'background tasks')).toBe(16);
    await model.advance(80);
    expect(Math.abs(tabs() - 85)).toBeLessThan(8);
    await model.advance(200);
    expect(Math.abs(tabs() - 150)).toBeLessThan(10);
    const { refusedAt, refusedRequests, requests, cut, failures } = model.ledger;
    expect(refusedAt[0]).toBeGreaterThan(73_000);
    expect(refusedAt[0]).toBeLessThan(88_000);
    expect(refusedRequests / requests).toBeGreaterThan(0.25);
    expect(refusedRequests / requests).toBeLessThan(0.3);
    expect([...cut, ...failures]).toEqual([]);
  });

  it('is the same each time with the same seed, and another one with another', async () => {
    const served = async (seed: number) => {
      const model = playModel(scenario('incident'), seed);
      await model.advance(30);
      return model.ledger.served;
    };
    expect(await served(1)).toBe(await served(1));
    expect(await served(1)).not.toBe(await served(2));
  });

  it.each([
    ['incident-a', 0.7, 1],
    ['incident-b', 0, 0],
    ['incident', 0.2, 0.7],
  ])('%s: the share of closed tabs that fall silent is %d to %d', async (name, least, most) => {
    const model = playModel(scenario(name), DEFAULT_SEED);
    await model.advance(100);
    const silent = model
      .sessions()
      .filter(({ query, stateChange }) => query.includes('FROM events') && stateChange < 96);
    const share = silent.length / open(model, 'closed tabs');
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(most);
  });

  it('shows COMMIT as the last statement of every session where every unit of work is a transaction', async () => {
    const model = playModel(scenario('incident-commit'), DEFAULT_SEED);
    await model.advance(60);
    const idle = model.sessions().filter(({ state }) => state === 'idle');
    expect(new Set(idle.map(({ query }) => query))).toEqual(new Set(['COMMIT']));
  });
});

describe('living sessions that are ended', () => {
  /** Ends every session that is idle for longer than so many seconds, each second. */
  const endIdleOver = async (name: string, seconds: number) => {
    const played = scenario(name);
    const model = playModel(played, DEFAULT_SEED);
    for (let second = 1; second <= played.seconds; second++) {
      await model.advance(second);
      for (const { pid, state, stateChange } of model.sessions()) {
        if (state === 'idle' && second - stateChange > seconds) model.terminate(pid);
      }
    }
    return Object.fromEntries(model.ledger.cut);
  };

  it('are counted by group: tasks in a pause, a pool that waits, sessions that come back after a deploy', async () => {
    expect(await endIdleOver('incident', 5)).toEqual({ 'background tasks': 16 });
    expect(await endIdleOver('incident', 33)).toEqual({});
    expect(await endIdleOver('waiting-pool', 60)).toEqual({ 'sessions of the pool': 60 });
    expect(Object.keys(await endIdleOver('deploy', 10))).toContain('sessions that come back');
    expect((await endIdleOver('lifo', 30))['sessions of the pool']).toBeGreaterThan(30);
  });
});
