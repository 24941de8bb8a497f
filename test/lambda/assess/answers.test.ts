import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LONGEST_MUTE } from '../../../lambda/assess/answered.ts';
import { acknowledge, mute, tell } from '../../../lambda/assess/answers.ts';
import { assess } from '../../../lambda/assess/assess.ts';
import { attempted, claimed, claimedBy, dueNow } from '../../../lambda/assess/undelivered.ts';
import { emptyMemory, type Memory, type Notification } from '../../../lambda/model/memory.ts';
import type { Observation } from '../../../lambda/model/observation.ts';
import { parseMemory } from '../../../lambda/remember/store.ts';
import { database, failure, refusal, START, sample } from '../report/situations.ts';

// Thresholds as in assess.test.ts: warning from 128, critical from 155, full from 181; reminders of critical in 30 min.
const db = database();
const minutes = (n: number) => START + n * 60_000;

/** What goes out at each check: minute and kind, by way of the stored text, as every process reads it. */
class Story {
  memory: Memory = emptyMemory(START);
  readonly sent: Notification[] = [];

  check(minute: number, what: number | Observation): this {
    const now = minutes(minute);
    const observation = typeof what === 'number' ? sample(now, what) : { ...what, at: now };
    this.memory = assess({ observation, database: db, memory: this.stored(now), now }).memory;
    return this.deliver(minute);
  }

  deliver(minute: number): this {
    const now = minutes(minute);
    const threads = dueNow(this.memory, now).map(({ notification }) => notification.threadId);
    const taken = claimed(this.memory, threads, 'x', now);
    this.sent.push(...claimedBy(taken, 'x'));
    this.memory = attempted(taken, 'x', [], now);
    return this;
  }

  answer(minute: number, change: (memory: Memory, now: number) => Memory | null): this {
    const now = minutes(minute);
    this.memory = change(this.stored(now), now) ?? this.memory;
    return this;
  }

  get told(): string[] {
    return this.sent.map(({ at, kind, level }) => `${(at - START) / 60_000} ${kind} ${level}`);
  }

  private stored(now: number): Memory {
    return parseMemory(JSON.stringify(this.memory), now);
  }
}

const acknowledged = (memory: Memory, now: number) => acknowledge(memory, 'orders', 'anna', now);
const mutedFor = (length: number) => (memory: Memory, now: number) =>
  mute(memory, 'orders', 'anna', now + length * 60_000, now);

describe('an acknowledgement', () => {
  test('keeps reminders back until the incident is over, and nothing else', () => {
    const story = new Story().check(0, 160).answer(1, acknowledged);
    for (let minute = 1; minute < 120; minute += 1) story.check(minute, 160);
    expect(story.told).toEqual(['0 level critical', '1 answered critical']);
    story.check(120, 182).check(121, 100).check(124, 100);
    story.check(130, 160).check(161, 160);
    expect(story.told.slice(2)).toEqual([
      '120 level full',
      '124 recovered ok',
      '130 level critical',
      '161 reminder critical',
    ]);
  });

  test('holds for checks that fail, too', () => {
    const story = new Story().check(0, failure(0, 'dns')).check(1, failure(0, 'dns')).answer(2, acknowledged);
    for (let minute = 2; minute < 90; minute += 1) story.check(minute, failure(0, 'dns'));
    expect(story.told).toEqual(['1 unreachable ok', '2 answered ok']);
  });

  test('changes nothing where nothing is going on, or the second time', () => {
    expect(acknowledged(emptyMemory(START), START)).toBeNull();
    const once = new Story().check(0, 160).answer(1, acknowledged).memory;
    expect(acknowledged(once, minutes(2))).toBeNull();
  });

  test('takes back a reminder that has not gone out yet', () => {
    const story = new Story().check(0, 160);
    const now = minutes(31);
    const reminded = assess({
      observation: sample(now, 160),
      database: db,
      memory: story.memory,
      now,
    }).memory;
    expect(reminded.undelivered.map(({ notification }) => notification.kind)).toEqual(['reminder']);
    expect(acknowledged(reminded, now)?.undelivered.map(({ notification }) => notification.kind)).toEqual([
      'answered',
    ]);
  });
});

describe('a mute', () => {
  test('holds back all but FULL, and tells at its end what is still so', () => {
    const story = new Story().check(0, 130).answer(1, mutedFor(60)).check(1, 130);
    for (let minute = 2; minute <= 60; minute += 1) story.check(minute, 160);
    expect(story.told).toEqual(['0 level warning', '1 answered warning']);
    story.check(61, 160);
    expect(story.sent.slice(2)).toMatchObject([
      { kind: 'reminder', level: 'critical', dueSince: minutes(2), at: minutes(32) },
    ]);
  });

  test('lets FULL and the end of what was full through', () => {
    const story = new Story().check(0, 160).answer(1, mutedFor(600)).check(1, 160);
    story.check(2, refusal(0, 'superuser-slots')).check(3, 100).check(6, 100).check(7, 160);
    expect(story.told.slice(2)).toEqual(['2 level full', '6 recovered ok']);
  });

  test('tells at its end of an incident that began and ended meanwhile', () => {
    const story = new Story()
      .answer(0, mutedFor(60))
      .check(1, 160)
      .check(5, 100)
      .check(8, 100)
      .check(60, 100);
    expect(story.told).toEqual(['0 answered ok', '8 recovered ok']);
  });

  test('can be ended early, and lasts a day at most, whatever is stored', () => {
    const story = new Story().check(0, 160).answer(1, mutedFor(600)).check(33, 160).answer(34, mutedFor(0));
    expect(story.check(34, 160).told.slice(2).sort()).toEqual([
      '33 reminder critical',
      '34 answered critical',
    ]);
    expect(mutedFor(0)(emptyMemory(START), START)).toBeNull();
    const muted = mutedFor(60)(emptyMemory(START), START) ?? emptyMemory(START);
    expect(mutedFor(60)(muted, START + 5000)).toBeNull();
    expect(mutedFor(120)(muted, START + 5000)).not.toBeNull();
    const forever = { acknowledged: null, muted: { at: START, by: 'x', until: minutes(1e6) } };
    const after = {
      ...assess({ observation: sample(START, 160), database: db, memory: emptyMemory(START), now: START })
        .memory,
      answers: forever,
    };
    expect(dueNow(after, START)).toHaveLength(0);
    expect(dueNow(after, START + LONGEST_MUTE * 1000)).toHaveLength(1);
  });
});

test('an answer never takes the place of a message that has not gone out, nor the other way round; answers are told together', () => {
  let { memory } = assess({
    observation: sample(START, 160),
    database: db,
    memory: emptyMemory(START),
    now: START,
  });
  memory = acknowledged(memory, START) ?? memory;
  memory = tell(memory, 'orders', { action: 'terminate', at: START, by: 'ben', ended: 2, named: 3 }, START);
  expect(memory.undelivered.map(({ notification: { kind, answers } }) => [kind, answers?.length])).toEqual([
    ['level', undefined],
    ['answered', 2],
  ]);
  memory = assess({ observation: sample(minutes(1), 182), database: db, memory, now: minutes(1) }).memory;
  expect(memory.undelivered.map(({ notification: { kind, level } }) => `${kind} ${level}`).sort()).toEqual([
    'answered critical',
    'level full',
  ]);
});

test('whatever is answered and when, no FULL and no recovery from it is lost or late', () => {
  const step = fc.oneof(
    fc.record({ used: fc.constantFrom(50, 140, 160, 182) }),
    fc.record({ mute: fc.integer({ min: 0, max: 1440 }) }),
    fc.constant('acknowledge' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [plain, answered] = [new Story(), new Story()];
      steps.forEach((one, minute) => {
        if (one === 'acknowledge') answered.answer(minute, acknowledged);
        else if ('mute' in one) answered.answer(minute, mutedFor(one.mute));
        else for (const story of [plain, answered]) story.check(minute, one.used);
      });
      const urgent = ({ sent }: Story) =>
        sent
          .filter(
            ({ kind, level, incident }) =>
              (level === 'full' && kind === 'level') || (kind === 'recovered' && incident?.worst === 'full'),
          )
          .map(({ at, kind }) => `${at} ${kind}`);
      expect(urgent(answered)).toEqual(urgent(plain));
    }),
  );
});
