import { expect, test } from 'vitest';
import { usedOfUsable } from '../../../cli/view/slots.ts';
import { sample } from '../../lambda/report/situations.ts';

test('slots that are used beyond the usable ones are told apart, and never less than none is left', () => {
  expect([181, 182, 184].map((used) => usedOfUsable(sample(0, used)))).toEqual([
    '181 of 182 usable slots used (99%), 1 left',
    '182 of 182 usable slots used (100%), 0 left',
    '184 of 182 usable slots used (101%), 0 left, 2 in reserved slots',
  ]);
});
