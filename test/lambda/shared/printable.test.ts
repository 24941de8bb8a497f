import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printable } from '../../../lambda/shared/printable.ts';

describe('printable', () => {
  test.each([
    ['a newline', 'a\nb\r\nc', 'a\ufffdb\ufffd\ufffdc'],
    ['terminal colours', '\u001b[31mred\u001b[0m', '\ufffd[31mred\ufffd[0m'],
    ['a C1 control', 'a\u009bb', 'a\ufffdb'],
    ['a right-to-left override', 'user\u202etxt.exe', 'user\ufffdtxt.exe'],
    ['an isolate', '\u2066x\u2069', '\ufffdx\ufffd'],
    ['zero-width characters', 'ad\u200bmin\ufeff', 'ad\ufffdmin\ufffd'],
    ['a line separator', 'a\u2028b', 'a\ufffdb'],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['tag characters', 'a\u{e0041}b', 'a\ufffdb'],
    ['a filler that looks like nothing', 'a\u3164b', 'a\ufffdb'],
    ['a musical format control', 'a\u{1d173}b', 'a\ufffdb'],
    ['NUL', 'a\0b', 'a\ufffdb'],
  ])('shows %s as a replacement character', (_, text, shown) => {
    expect(printable(text, 100)).toBe(shown);
  });

  test('leaves names of any language and emoji as they are', () => {
    expect(printable('❤️', 100)).toBe('❤️');
    expect(printable('заказы 注文 🐘 café', 100)).toBe('заказы 注文 🐘 café');
  });

  test('cuts what is too long and marks it', () => {
    expect(printable('abcdef', 6)).toBe('abcdef');
    expect(printable('abcdefg', 6)).toBe('abcde…');
    expect(printable('🐘🐘🐘', 2)).toBe('🐘…');
  });

  test('takes no longer for 60 MB than for a name', () => {
    expect(printable('x'.repeat(60_000_000), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  test('gives one bounded line whatever comes in, and gives it unchanged a second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 80 }), (text, max) => {
        const shown = printable(text, max);
        expect(Array.from(shown).length).toBeLessThanOrEqual(max);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(printable(shown, max)).toBe(shown);
      }),
    );
  });
});
