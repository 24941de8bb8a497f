import { requests, server } from './pool-scenarios.ts';
import type { Scenario } from './scenario.ts';

/** Streams that share their statement with others, values included, and all of which are read; beside a leak. */
function shared(name: string, title: string, users: number, shareValues: number): Scenario {
  return {
    ...server,
    name,
    title: `${title}, all of them read, beside a leak of 3 sessions a second`,
    seconds: 180,
    clients: [
      {
        kind: 'tabs',
        name: 'open tabs',
        users,
        shareValues,
        perSecond: 1.2,
        pollEvery: [2, 3],
        staysFor: null,
        until: 180,
        closed: 'silent',
        mend: null,
      },
      { kind: 'leak', name: 'leaked sessions', initially: 0, perSecond: 3, at: 10, leftIn: 'idle' },
      requests,
    ],
  };
}

/** What looks like sessions that were replaced by younger ones, and is not. */
export const livingStreams: readonly Scenario[] = [
  shared('stream-pairs', 'two streams for each of 50 users', 100, 2),
  shared(
    'stream-rooms',
    'streams of rooms with three readers each, more than the server has slots for',
    150,
    3,
  ),
];
