import { expect, test } from 'vitest';
import { learn } from '../../../../lambda/assess/predictions/scores.ts';
import { emptyLearned } from '../../../../lambda/model/prediction.ts';

const SERVER = '2026-11-23 20:00:00+00';
const HOUR = 3_600_000_000;
const NOW = 1_800_000_000_000_000;

test('what was learned by a clock that the server has set back since keeps nothing from being learned now', () => {
  const lesson = { from: NOW - 5_000_000, at: NOW, server: SERVER, verified: [], closedUnused: [] };
  const ahead = { ...emptyLearned, server: SERVER, until: NOW + HOUR };
  expect(learn(ahead, lesson).until).toBe(NOW);
});

test('what another run has learned a moment later is not learned again', () => {
  const lesson = { from: NOW - 5_000_000, at: NOW, server: SERVER, verified: [], closedUnused: [] };
  const theirs = { ...emptyLearned, server: SERVER, until: NOW + 2_000_000 };
  expect(learn(theirs, lesson)).toBe(theirs);
});
