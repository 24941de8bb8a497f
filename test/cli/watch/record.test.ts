import { expect, test } from 'vitest';
import { createRecord } from '../../../cli/watch/record.ts';
import { START } from '../../lambda/report/situations.ts';

test('what a person ends in a dry run is not taken for what the dry run would end', () => {
  const record = createRecord(() => START);
  record.endedByHand(1);
  expect({ ended: record.ended, wouldEnd: record.wouldEnd }).toEqual({ ended: 1, wouldEnd: 0 });
  expect(record.summary()).toMatch(/; 1 session ended$/);
});
