import { expect, test } from 'vitest';
import { ruleScores } from '../../../../lambda/assess/predictions/rule-scores.ts';
import { emptyLearned, type StoredScore } from '../../../../lambda/model/prediction.ts';

test('the scores of a rule are added up over the applications, and those of single statements are not counted twice', () => {
  const score = (tried: number, wrong: number): StoredScore => [tried, wrong, 3, 0];
  const scores = {
    shop: { 'once>20': score(40, 1), rhythm: score(3, 0) },
    'shop.a1': { 'once>20': score(40, 1) },
    blog: { 'once>20': score(30, 0.5) },
  };
  expect(ruleScores({ ...emptyLearned, scores })).toEqual([
    {
      rule: 'rhythm',
      words: 'used again and again and then silent for over twice their longest pause',
      tried: 3,
      wrong: 0,
    },
    { rule: 'once>20', words: 'used once and idle for over 20 s', tried: 70, wrong: 1.5 },
  ]);
  expect(ruleScores(emptyLearned)).toEqual([]);
});
