import { describe, expect, it } from 'vitest';
import { emptyReclaimMemory } from '../../../lambda/model/reclamation.ts';
import { cutPools, watchPools } from '../../../lambda/reclaim/refilling-pools.ts';
import { rowOf } from './rows-of.ts';

const T = 1_000_000;
const web = { role: 'app', database: 'shop', application: 'web' };
const old = (count: number, application = 'web') =>
  Array.from({ length: count }, () => rowOf({ application }));
const fresh = (count: number, startedFor: number) =>
  Array.from({ length: count }, () => rowOf({ startedFor, idleFor: 0 }));

/** The memory after ten of forty old sessions were ended at T. */
const cutTen = (rows = old(40)) => ({ ...emptyReclaimMemory, cut: cutPools(rows, rows.slice(0, 10), T) });

describe('the circuit that stops a refilling pool', () => {
  it('pauses a pool that opens again what was ended', () => {
    const { paused, cut } = watchPools(cutTen(), [...old(30), ...fresh(10, 4)], T + 5000, 200);
    expect(paused).toEqual([{ ...web, before: 40, since: T, ended: 10, opened: 10, until: T + 305_000 }]);
    expect(cut).toEqual([]);
  });

  it('does not believe a pause that a clock in the future has written, and pauses no longer than it does itself', () => {
    const pool = { ...web, before: 40, since: T - 5000, ended: 10, opened: 10 };
    const paused = (until: number) =>
      watchPools({ ...emptyReclaimMemory, paused: [{ ...pool, until }] }, old(40), T, 200).paused;
    expect(paused(T + 300_000)).toHaveLength(1);
    expect(paused(T + 300_001)).toEqual([]);
    expect(paused(T)).toEqual([]);
  });

  it('sees it at the second check as well, and not at the third', () => {
    const first = { ...emptyReclaimMemory, ...watchPools(cutTen(), old(30), T + 5000, 200) };
    expect(watchPools(first, [...old(30), ...fresh(10, 4)], T + 10_000, 200).paused).toHaveLength(1);
    const second = { ...emptyReclaimMemory, ...watchPools(first, old(30), T + 10_000, 200) };
    expect(watchPools(second, [...old(30), ...fresh(10, 4)], T + 15_000, 200).paused).toEqual([]);
  });

  it('does not take a leak for one: it opened as many before', () => {
    const before = [
      ...old(10),
      ...Array.from({ length: 30 }, (_, i) => rowOf({ startedFor: i / 2, idleFor: 0 })),
    ];
    const after = [
      ...before.slice(10).map((row) => ({ ...row, startedFor: row.startedFor + 5 })),
      ...fresh(10, 4),
    ];
    expect(watchPools(cutTen(before), after, T + 5000, 200).paused).toEqual([]);
  });

  it('does not take the sessions of another pool for it', () => {
    const others = fresh(10, 4).map((row) => ({ ...row, application: 'batch' }));
    expect(watchPools(cutTen(), [...old(30), ...others], T + 5000, 200).paused).toEqual([]);
  });

  it('lets a pause end with its time, or with the pool growing beyond its size', () => {
    const pool = { ...web, before: 40, since: T - 300_000, ended: 10, opened: 10, until: T };
    const memory = { ...emptyReclaimMemory, paused: [pool] };
    expect(watchPools(memory, old(41), T - 1, 200).paused).toEqual([pool]);
    expect(watchPools(memory, old(41), T, 200).paused).toEqual([]);
    expect(watchPools(memory, old(43), T - 1, 200).paused).toEqual([]);
  });

  it('remembers a bounded number of pools', () => {
    const rows = Array.from({ length: 300 }, (_, index) => rowOf({ application: `worker ${index}` }));
    expect(cutPools(rows, rows, T)).toHaveLength(10);
    const paused = Array.from({ length: 30 }, (_, index) => ({
      ...web,
      application: `worker ${index}`,
      before: 9,
      since: T,
      ended: 5,
      opened: 5,
      until: T,
    }));
    expect(watchPools({ ...emptyReclaimMemory, paused }, [], T - 1, 200).paused).toHaveLength(20);
  });
});
