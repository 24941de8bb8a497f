import { expect, test } from 'vitest';
import type { ChosenSession } from '../../../../lambda/model/reclamation.ts';
import { reasonsChosen } from '../../../../lambda/report/message/ended-sessions.ts';
import { left } from '../../../../lambda/report/message/reclaim-section.ts';
import { reclamation } from '../situations.ts';

const replaced = (isTrial: boolean, tried: number): ChosenSession => ({
  pid: 1,
  role: 'app',
  database: 'shop',
  application: '',
  client: null,
  idleFor: 1,
  prediction: {
    rule: 'replaced',
    words: 'going on with the same statement as a younger session',
    unlike: 0,
    isByTrials: true,
    score: { tried, wrong: 0, moments: 3, youngest: 0 },
  },
  isCulprit: true,
  isTrial,
  outcome: 'ended',
});

test('a session that was ended as a trial is told apart from those that the same rule may end', () => {
  const words = 'going on with the same statement as a younger session';
  expect(reasonsChosen([replaced(true, 0)])).toEqual([
    `1 ${words}, as a trial of whether their clients open others: no such was tried before`,
  ]);
  expect(reasonsChosen([replaced(false, 12), replaced(false, 12), replaced(true, 12)])).toEqual([
    `2 ${words}: of the last 12 such, none came back`,
    `1 ${words}, as a trial of whether their clients open others: of the last 12 such, none came back`,
  ]);
});

test('sessions that are never ended are counted by what protects them', () => {
  expect(left(reclamation({ leftAlone: { listen: 1, 'advisory-lock': 44 } }))).toEqual([
    'Idle sessions left alone: 1 waiting in LISTEN, 44 holding an advisory lock.',
  ]);
});
