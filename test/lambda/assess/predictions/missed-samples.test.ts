import { expect, test } from 'vitest';
import { addSample, emptySessionHistory } from '../../../../lambda/assess/predictions/session-history.ts';
import type { Verified } from '../../../../lambda/assess/predictions/tracked-session.ts';
import type { SampledSession } from '../../../../lambda/model/sampled-session.ts';

/** Opened and last used in the second second. */
const session: SampledSession = {
  pid: 1,
  startedAt: 1_000_000,
  changedAt: 1_100_000,
  state: 'idle',
  statement: null,
  role: 'app',
  database: 'shop',
  application: 'web',
};

/** What a sample verifies in which a session is gone that was silent at 5, 10 and 15 s; also where the server restarted. */
function goneAt(second: number, server = 'first'): readonly Verified[] {
  let history = emptySessionHistory;
  for (const at of [0, 5, 10, 15]) {
    const sessions = at === 0 ? [] : [session];
    history = addSample(history, { at: at * 1_000_000, sessions }, 'first').history;
  }
  return addSample(history, { at: second * 1_000_000, sessions: [] }, server).lesson.verified;
}

test('a session that is gone at the next sample was closed by its client: the rules were right', () => {
  expect(goneAt(20).map(({ rule, right }) => [rule, right])).toContainEqual(['once>5', true]);
});

test('one that is gone after a missed minute, or after a restart of the server, proves nothing', () => {
  expect(goneAt(80)).toEqual([]);
  expect(goneAt(20, 'second')).toEqual([]);
});
