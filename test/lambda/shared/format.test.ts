import { expect, test } from 'vitest';
import { counted, duration, instant, listed, percent, signed } from '../../../lambda/shared/format.ts';

test.each([
  [0, '0 s'],
  [0.4, '0 s'],
  [119, '119 s'],
  [120, '2 min'],
  [3599, '59 min'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
  [172_800, '2 d'],
  [190_000, '2 d 4 h'],
  [-5, '0 s'],
  [Number.NaN, '0 s'],
])('%d seconds are told as %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test.each([
  ['UTC', '2026-11-23 20:15:07 UTC'],
  ['Europe/London', '2026-11-23 20:15:07 UTC'],
  ['Europe/Berlin', '2026-11-23 21:15:07 UTC+01:00'],
  ['America/St_Johns', '2026-11-23 16:45:07 UTC-03:30'],
  ['Asia/Kolkata', '2026-11-24 01:45:07 UTC+05:30'],
])('a moment in %s is %s', (timeZone, words) => {
  expect(instant(Date.UTC(2026, 10, 23, 20, 15, 7), timeZone)).toBe(words);
});

test('midnight is hour 0 of the new day', () => {
  expect(instant(Date.UTC(2026, 10, 23), 'UTC')).toBe('2026-11-23 00:00:00 UTC');
});

test('a share is never rounded up to all', () => {
  expect([percent(181, 182), percent(182, 182), percent(190, 182), percent(0, 182), percent(0, 0)]).toEqual([
    '99%',
    '100%',
    '104%',
    '0%',
    '100%',
  ]);
});

test('numbers come with their nouns and signs', () => {
  expect([counted(1, 'session'), counted(2, 'session')]).toEqual(['1 session', '2 sessions']);
  expect([signed(3), signed(0), signed(-3)]).toEqual(['+3', '0', '-3']);
  expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
});
