import { expect, test } from 'vitest';
import { assess } from '../../../lambda/assess/assess.ts';
import { dueNow } from '../../../lambda/assess/undelivered.ts';
import { emptyMemory, type Memory } from '../../../lambda/model/memory.ts';
import { MemoryFormatError, parseMemory } from '../../../lambda/remember/store.ts';
import { renderAlerts } from '../../../lambda/report/delivery/render.ts';
import { composeAlert } from '../../../lambda/report/message/compose.ts';
import { database, failure, leak, minutesAfterStart, START, sample } from '../report/situations.ts';

const db = database({ budgets: [{ name: 'api', application: 'web', sessions: 5 }] });
const now = minutesAfterStart(60);

/** What is remembered in the middle of an incident, while the server cannot be reached. */
const busy = [
  ...leak(160),
  ...[40, 41].map((minute) => failure(minutesAfterStart(minute), 'timeout')),
].reduce(
  (memory, observation) => assess({ observation, database: db, memory, now: observation.at }).memory,
  emptyMemory(START),
);

/** Where a number stands in it, of a list in its first entry alone. */
function numbersIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  return (Array.isArray(value) ? entries.slice(0, 1) : entries).flatMap(([key, inner]) =>
    numbersIn(inner, [...path, key]),
  );
}

function edited(path: readonly string[], number: number): string {
  const place = path.join('.');
  const edit = (value: unknown, at: string): unknown => {
    if (at === place) return number;
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, inner]) => [
      key,
      edit(inner, at ? `${at}.${key}` : key),
    ]);
    return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
  };
  return JSON.stringify(edit(busy, ''));
}

/** All that the next check tells people. */
function toldBy(memory: Memory): string {
  return [sample(now, 170), failure(now, 'server')]
    .flatMap((observation) => {
      const next = assess({ observation, database: db, memory, now }).memory;
      const facts = { database: db, observation, memory: next, reclamation: null, scores: [], now };
      return dueNow(next, now).map(({ notification }) => composeAlert(notification, facts));
    })
    .map((alert) => renderAlerts([alert], { timeZone: 'UTC' }).text)
    .join('\n');
}

test.each([1e300, -1e300, 9e15, -9e15])(
  'a number that somebody has edited to %d, wherever it stands, is refused with the memory or does not keep a message back',
  (number) => {
    const places = numbersIn(busy);
    expect(places.length).toBeGreaterThan(20);
    for (const place of places) {
      try {
        expect(toldBy(parseMemory(edited(place, number), now)), place.join('.')).not.toContain('NaN');
      } catch (error) {
        expect(error, place.join('.')).toBeInstanceOf(MemoryFormatError);
      }
    }
  },
);
