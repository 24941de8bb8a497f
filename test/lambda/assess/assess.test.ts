import { describe, expect, test } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import { addReclamation } from '../../../lambda/assess/incident.ts';
import { attempted, claimed, claimedBy, dueNow } from '../../../lambda/assess/undelivered.ts';
import { emptyMemory, type Memory, type Notification } from '../../../lambda/model/memory.ts';
import type { Observation } from '../../../lambda/model/observation.ts';
import { parseMemory } from '../../../lambda/remember/store.ts';
import {
  capacity,
  chosen,
  database,
  failure,
  follow,
  group,
  leak,
  published,
  reclamation,
  refusal,
  START,
  sample,
  unpublished,
} from '../report/situations.ts';

// 182 usable slots: warning from 128 (ends at 118), critical from 155 (145), full from 181 (171); clear for 3 minutes.
const db = database();
const minutes = (n: number) => START + n * 60_000;
const seen = (minute: number, used: number) => sample(minutes(minute), used);

/** Every notice of these checks: minute, kind, level. */
function told(observations: readonly Observation[], policy = db, start?: Memory): string[] {
  let memory = start ?? emptyMemory(START);
  return observations.flatMap((observation) => {
    const { at } = observation;
    const assessment = assess({ observation, database: policy, memory, now: at });
    memory = assessment.memory;
    return assessment.notifications.map(({ kind, level }) => `${(at - START) / 60_000} ${kind} ${level}`);
  });
}

function only(notifications: readonly Notification[]): Notification {
  const [notification, ...others] = notifications;
  if (notification === undefined || others.length > 0)
    throw new Error(`one notification, not ${notifications.length}`);
  return notification;
}

describe('levels', () => {
  test('are entered at once, each worse one with a message of its own', () => {
    expect(told([seen(0, 100), seen(1, 128), seen(2, 155), seen(3, 181), seen(4, 182)])).toEqual([
      '1 level warning',
      '2 level critical',
      '3 level full',
    ]);
  });

  test('may be skipped on the way up', () => {
    expect(told([seen(0, 100), seen(1, 160)])).toEqual(['1 level critical']);
  });

  test('are left only after every reading was clear for three minutes', () => {
    const dip = [seen(0, 130), seen(1, 118), seen(2, 118), seen(3, 119), seen(4, 118), seen(6.9, 118)];
    expect(told(dip)).toEqual(['0 level warning']);
    expect(told([...dip, seen(7, 118)])).toEqual(['0 level warning', '7 recovered ok']);
  });

  test('do not flap around a threshold', () => {
    const wavering = Array.from({ length: 60 }, (_, index) => seen(index / 2, index % 2 === 0 ? 128 : 127));
    expect(told(wavering)).toEqual(['0 level warning']);
  });

  test('ease by one when only the worse one is clear', () => {
    expect(told([seen(0, 160), seen(1, 140), seen(4, 140), seen(5, 100), seen(8, 100)])).toEqual([
      '0 level critical',
      '4 eased warning',
      '8 recovered ok',
    ]);
  });

  test('are left together when they clear one after the other, a moment apart', () => {
    expect(told([seen(0, 182), seen(1, 160), seen(1.1, 20), seen(4, 20), seen(4.1, 20)])).toEqual([
      '0 level full',
      '4.1 recovered ok',
    ]);
  });

  test('go straight back to ok when all are clear', () => {
    expect(told([seen(0, 182), seen(1, 20), seen(4, 20)])).toEqual(['0 level full', '4 recovered ok']);
  });

  test('are entered again after a clear, with a new message', () => {
    expect(told([seen(0, 130), seen(1, 100), seen(4, 100), seen(5, 130)])).toEqual([
      '0 level warning',
      '4 recovered ok',
      '5 level warning',
    ]);
  });

  test('clear at an explicit value where one is set, after the time that is set', () => {
    const policy = database({ alerts: { clear: { warning: '40%' }, clearAfter: 60 } });
    expect(told([seen(0, 130), seen(1, 75), seen(5, 72), seen(6, 72)], policy)).toEqual([
      '0 level warning',
      '6 recovered ok',
    ]);
  });

  test('are reminded of while they last: critical every 30 minutes, warning every 4 hours', () => {
    const hours = Array.from({ length: 5 * 60 }, (_, minute) => seen(minute, 130));
    expect(told(hours)).toEqual(['0 level warning', '240 reminder warning']);
    const critical = Array.from({ length: 65 }, (_, minute) => seen(minute, 160));
    expect(told(critical)).toEqual(['0 level critical', '30 reminder critical', '60 reminder critical']);
  });

  test('are reminded of as often as the policy says', () => {
    const policy = database({ alerts: { remindAfter: { critical: 600 } } });
    const full = Array.from({ length: 12 }, (_, minute) => seen(minute, 182));
    expect(told(full, policy)).toEqual(['0 level full', '10 reminder full']);
  });

  test('the recovery knows how long it lasted, the peak, the worst level and what was done', () => {
    const before = follow([seen(0, 130), seen(2, 175), refusal(minutes(3), 'rds-slots')], db).memory;
    const memory = addReclamation(
      before,
      reclamation({ chosen: [...chosen(5, 'ended'), ...chosen(2, 'signalled')] }),
    );
    const notification = only(follow([seen(4, 60), seen(7, 50)], db, memory).notifications);
    expect(notification).toMatchObject({ kind: 'recovered', level: 'ok', previousLevel: 'full' });
    expect(notification.incident).toMatchObject({
      startedAt: minutes(0),
      worst: 'full',
      peak: { used: 175, usable: 182, at: minutes(2) },
      refused: 1,
      limit: 'rds-slots',
      ended: 5,
      signalled: 2,
    });
  });

  test('messages of one incident share its thread, those of the next do not', () => {
    const first = follow([seen(0, 130), seen(1, 160)], db);
    const recovery = follow([seen(2, 10), seen(5, 10)], db, first.memory);
    const second = follow([seen(6, 130)], db, recovery.memory);
    expect(only(recovery.notifications).threadId).toBe(only(first.notifications).threadId);
    expect(only(second.notifications).threadId).not.toBe(only(first.notifications).threadId);
  });
});

describe('full', () => {
  test('is entered on the first refused check', () => {
    const { level, observed, notifications } = follow([refusal(START, 'superuser-slots')], db);
    expect([level, observed]).toEqual(['full', 'full']);
    expect(only(notifications)).toMatchObject({
      kind: 'level',
      level: 'full',
      incident: { limit: 'superuser-slots' },
    });
  });

  test('is told again when first only a limit of our own was hit, and then the server is full', () => {
    const checks = [
      refusal(minutes(0), 'role-limit'),
      refusal(minutes(1), 'role-limit'),
      refusal(minutes(2), 'superuser-slots'),
      refusal(minutes(3), 'all-slots'),
    ];
    expect(told(checks)).toEqual(['0 level full', '2 server-full full']);
    expect(told([...checks.slice(0, 2), seen(2, 181), seen(3, 181)])).toEqual([
      '0 level full',
      '2 server-full full',
    ]);
  });
});

describe('unreachable', () => {
  const down = (minute: number) => failure(minutes(minute), 'network');

  test('is said after two failed checks in a row, once, and recovers by itself', () => {
    expect(told([seen(0, 50), down(1)])).toEqual([]);
    expect(told([down(0), seen(1, 50), down(2), seen(3, 50)])).toEqual([]);
    expect(told([down(0), down(1), down(2), seen(3, 50)])).toEqual(['1 unreachable ok', '3 reachable ok']);
  });

  test('is reminded of as rarely as a warning', () => {
    const hours = Array.from({ length: 300 }, (_, minute) => down(minute));
    expect(told(hours)).toEqual(['1 unreachable ok', '241 still-unreachable ok']);
  });

  test('neither hides nor resets the level', () => {
    const { level, observed, memory } = follow([seen(0, 160), down(1), down(2)], db);
    expect([level, observed]).toEqual(['critical', null]);
    expect(told([seen(3, 160)], db, memory)).toEqual(['3 reachable critical']);
  });

  test('does not count as staying clear', () => {
    expect(told([seen(0, 130), seen(1, 100), down(2), down(3), down(4), seen(5, 100)])).toEqual([
      '0 level warning',
      '3 unreachable warning',
      '5 reachable warning',
    ]);
  });

  test('ends with a refusal: the server has answered', () => {
    expect(told([down(0), down(1), refusal(minutes(2), 'all-slots')])).toEqual([
      '1 unreachable ok',
      '2 level full',
      '2 reachable full',
    ]);
  });
});

describe('partial visibility', () => {
  const partial = (minute: number): Observation => {
    const { kind: _, used: __, groups: ___, limits: ____, ...rest } = seen(minute, 0);
    return { ...rest, kind: 'partial' };
  };

  test('is said once while it lasts, and gives no level', () => {
    expect(told([partial(0), partial(1), partial(600)])).toEqual(['0 partial ok']);
    expect(follow([partial(0)], db)).toMatchObject({ level: 'ok', observed: null });
  });

  test('is said again when it has ended in between', () => {
    expect(told([partial(0), seen(1, 50), partial(2)])).toEqual(['0 partial ok', '2 partial ok']);
  });
});

describe('the right to terminate sessions', () => {
  const mayNot = (minute: number, used = 50): Observation => {
    const observation = seen(minute, used);
    return { ...observation, server: { ...observation.server, canSignal: false } };
  };
  const terminating = database({ reclaim: { mode: 'terminate' } });

  test('is missed at the first sample, while all is well, once, and again when it was there in between', () => {
    expect(told([mayNot(0), mayNot(1), mayNot(600, 160)], terminating)).toEqual([
      '0 cannot-terminate ok',
      '600 level critical',
    ]);
    expect(told([mayNot(0), seen(1, 50), mayNot(2)], terminating)).toEqual([
      '0 cannot-terminate ok',
      '2 cannot-terminate ok',
    ]);
  });

  test('is needed only where sessions are to be terminated', () => {
    expect(told([mayNot(0)], database({ reclaim: { mode: 'dry-run' } }))).toEqual([]);
  });

  test('is told as missed to the next process too, by a memory that was stored', () => {
    const { memory } = follow([mayNot(0)], terminating);
    const stored = parseMemory(JSON.stringify(memory), minutes(1));
    expect(told([mayNot(1)], terminating, stored)).toEqual([]);
  });
});

/** What is due at a moment, as claimed then. */
function due(memory: Memory, minute: number): readonly Notification[] {
  const threads = dueNow(memory, minutes(minute)).map(({ notification }) => notification.threadId);
  return claimedBy(claimed(memory, threads, 'x', minutes(minute)), 'x');
}

/** The memory after an attempt at what is due then, which fails. */
function failing(memory: Memory, minute: number): Memory {
  const threads = dueNow(memory, minutes(minute)).map(({ notification }) => notification.threadId);
  const taken = claimed(memory, threads, 'y', minutes(minute));
  return attempted(taken, 'y', claimedBy(taken, 'y'), minutes(minute));
}

describe('a message that could not be published', () => {
  const first = follow([seen(0, 130)], db);
  const failed = unpublished(first);

  test('is due again after 5, 15, 60 and 60 s, and says since when', () => {
    let memory = first.memory;
    const waits = [0, 5, 15, 60, 60].map((wait) => {
      const soonest = memory.undelivered[0]?.nextAttemptAt ?? 0;
      expect(due(memory, (soonest - START - 1) / 60_000)).toEqual([]);
      const passed = (soonest - memory.at) / 1000;
      memory = { ...failing(memory, (soonest - START) / 60_000), at: soonest };
      expect(only(due(memory, 60))).toMatchObject({ kind: 'level', dueSince: minutes(0) });
      return [wait, passed];
    });
    expect(waits.map(([, passed]) => passed)).toEqual([0, 5, 15, 60, 60]);
  });

  test('gives way to what has become of it: people are told the worse level, or the recovery', () => {
    expect(only(due(follow([seen(1, 160)], db, failed).memory, 1))).toMatchObject({
      level: 'critical',
      dueSince: minutes(0),
    });
    const { memory } = assess({ observation: seen(1, 10), database: db, memory: failed, now: minutes(1) });
    expect(
      only(due(assess({ observation: seen(4, 10), database: db, memory, now: minutes(4) }).memory, 4)),
    ).toMatchObject({
      kind: 'recovered',
      dueSince: minutes(0),
    });
  });

  test('keeps its first due time through every message that takes its place', () => {
    const worse = unpublished(follow([seen(1, 160)], db, failed));
    expect(only(due(follow([seen(2, 182)], db, worse).memory, 2))).toMatchObject({
      level: 'full',
      dueSince: minutes(0),
    });
  });

  test('is due even when the next check fails', () => {
    const { memory } = follow([failure(minutes(1), 'timeout')], db, failed);
    expect(due(memory, 1).map(({ kind, level }) => `${kind} ${level}`)).toEqual(['level warning']);
  });

  test('does not make way for another incident', () => {
    const lost = unpublished(follow([seen(1, 10), seen(4, 10)], db, published(first)));
    const { memory } = follow([seen(5, 130)], db, lost);
    expect(due(memory, 5).map(({ kind }) => kind)).toEqual(['recovered', 'level']);
  });
});

describe('a claim', () => {
  const { memory } = follow([seen(0, 130)], db);
  const [threadId = ''] = memory.undelivered.map(({ notification }) => notification.threadId);
  const taken = claimed(memory, [threadId], 'ours', minutes(0));

  test('keeps others away for 20 s, and is then taken over as late', () => {
    expect(due(taken, 19.9 / 60)).toEqual([]);
    expect(only(due(taken, 20 / 60)).dueSince).toBe(minutes(0));
  });

  test('of a clock that runs ahead holds no longer than others', () => {
    expect(due(claimed(memory, [threadId], 'ahead', minutes(60)), 0)).toHaveLength(1);
  });

  test('that failed by a clock that runs ahead is tried again no later than after others', () => {
    const failed = attempted(
      claimed(memory, [threadId], 'ahead', minutes(60)),
      'ahead',
      memory.undelivered.map(({ notification }) => notification),
      minutes(60),
    );
    expect(due(failed, 0)).toHaveLength(1);
    expect(due(failed, 60)).toEqual([]);
  });

  test('that was taken over marks nothing', () => {
    const over = claimed(taken, [threadId], 'theirs', minutes(1));
    expect(attempted(over, 'ours', [], minutes(1))).toEqual(over);
    expect(attempted(over, 'theirs', [], minutes(1)).undelivered).toEqual([]);
  });

  test('whose notification was replaced meanwhile leaves the new one due, not late', () => {
    const worse = assess({ observation: seen(0.1, 160), database: db, memory: taken, now: minutes(0.1) });
    const marked = attempted(worse.memory, 'ours', [], minutes(0.1));
    expect(only(due(marked, 0.1))).toMatchObject({ level: 'critical', dueSince: null });
  });
});

describe('the memory', () => {
  test('survives the way through JSON', () => {
    const { memory } = follow([...leak(160), failure(minutes(30), 'dns'), failure(minutes(31), 'dns')], db);
    expect(parseMemory(JSON.stringify(memory), Number.MAX_VALUE)).toEqual(memory);
  });

  test('is refused when it is not one, naming what is wrong', () => {
    expect(() => parseMemory('null', 0)).toThrow('not a memory');
    expect(() => parseMemory(JSON.stringify({ ...emptyMemory(0), level: 'terrible' }), 0)).toThrow(
      'not a memory: level',
    );
    expect(() => parseMemory(JSON.stringify({ ...emptyMemory(0), at: 'now' }), 0)).toThrow(
      'not a memory: at',
    );
  });

  test('stays small under pressure, a sample every 5 s and hostile names', () => {
    const evil = (n: number) => `${n}${'𝕏'.repeat(60_000)}`;
    const groups = Array.from({ length: 50 }, (_, n) =>
      group(3, { application: evil(n), role: evil(n), client: evil(n) }),
    );
    const samples = Array.from({ length: 720 }, (_, index) => sample(START + index * 5000, 150, { groups }));
    const { memory } = follow(samples, db);
    expect(Buffer.byteLength(JSON.stringify(memory))).toBeLessThan(16_000);
    expect(memory.recent.length).toBeLessThan(75);
    expect(memory.recent.at(-1)?.at).toBe(START + 719 * 5000);
  });

  test('starts its trend anew when the server restarts or its capacity changes', () => {
    const restarted = sample(minutes(31), 20);
    const fresh = { ...restarted, server: { ...restarted.server, startedAt: '2026-11-23 20:30:59+00' } };
    expect(follow([...leak(100), fresh], db).memory.recent).toHaveLength(1);
    const larger = { ...restarted, capacity: { ...capacity, maxConnections: 400 } };
    expect(follow([...leak(100), larger], db).memory.recent).toHaveLength(1);
    expect(follow([...leak(100), restarted], db).memory.recent.length).toBeGreaterThan(50);
  });
});
