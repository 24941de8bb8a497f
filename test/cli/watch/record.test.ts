import { expect, test } from 'vitest';
import { judge } from '../../../cli/judged.ts';
import { createRecord } from '../../../cli/watch/record.ts';
import type { PausedPool } from '../../../lambda/model/reclamation.ts';
import {
  chosen,
  database,
  minutesAfterStart,
  pausedPool,
  reclamation,
  START,
  sample,
} from '../../lambda/report/situations.ts';

test('what a person ends in a dry run is not taken for what the dry run would end', () => {
  const record = createRecord(() => START);
  record.endedByHand(1);
  expect({ ended: record.ended, wouldEnd: record.wouldEnd }).toEqual({ ended: 1, wouldEnd: 0 });
  expect(record.summary()).toMatch(/; 1 session ended$/);
});

test('a pause of reclaim is an event of its own, once for each pause, whatever else the passes do', () => {
  const record = createRecord(() => START);
  const judged = judge({ database: database(), hasSecret: true }, sample(START, 160));
  const pass = (ended: number, pausedPools: readonly PausedPool[]) =>
    record.add(judged, reclamation({ chosen: chosen(ended, 'ended'), pausedPools }));
  pass(1, [pausedPool()]);
  pass(2, [pausedPool()]);
  pass(3, []);
  pass(4, [pausedPool({ until: minutesAfterStart(45) })]);
  const events = record.events.map(({ text }) => text).filter((text) => text.startsWith('paused'));
  expect(events).toEqual([
    'paused until 20:35:00 UTC for application orders-web, role orders_app: its pool opens again what is ended (ended 40, opened 38)',
    'paused until 20:45:00 UTC for application orders-web, role orders_app: its pool opens again what is ended (ended 40, opened 38)',
  ]);
});
