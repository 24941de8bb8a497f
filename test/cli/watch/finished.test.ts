import { expect, test } from 'vitest';
import { judge } from '../../../cli/judged.ts';
import { finishedSessions } from '../../../cli/watch/finished.ts';
import { learn } from '../../../lambda/assess/predictions/scores.ts';
import { addSample, emptySessionHistory } from '../../../lambda/assess/predictions/session-history.ts';
import { emptyLearned } from '../../../lambda/model/prediction.ts';
import { database, START, sample } from '../../lambda/report/situations.ts';

test('sessions are finished once the rule that says so was tried often enough and right', () => {
  const start = START * 1000;
  let [history, learned] = [emptySessionHistory, emptyLearned];
  const seen: number[] = [];
  // Every usable slot is used, so that a rule needs the least.
  const observation = sample(START, 182);
  const last = { judged: judge({ database: database(), hasSecret: true }, observation), sample: observation };
  for (let second = 0; second <= 120; second += 5) {
    // One is opened every 5 s, used once, and closed 12 s later.
    const sessions = Array.from({ length: second / 5 }, (_, index) => ({
      pid: index + 1,
      role: 'app',
      database: 'shop',
      application: 'web',
      state: 'idle' as const,
      statement: null,
      startedAt: start + index * 5e6,
      changedAt: start + index * 5e6,
    })).filter((_, index) => second - index * 5 <= 12);
    const next = addSample(history, { at: start + second * 1e6, sessions }, 'server');
    history = next.history;
    learned = learn(learned, next.lesson);
    seen.push(finishedSessions(history, learned, last).length);
  }
  expect(seen.slice(0, 12)).toEqual(Array(12).fill(0));
  expect(finishedSessions(history, learned, last)).toEqual([
    '1 used once and idle for over 10 s: of the last 19 such, none came back',
    '1 used once and idle for over 5 s: of the last 19 such, none came back',
  ]);
});
