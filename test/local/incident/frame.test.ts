import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { styleFor } from '../../../cli/terminal/style.ts';
import { widthOf } from '../../../cli/terminal/width.ts';
import { INCIDENT } from '../../../local/incident/application/incident.ts';
import { emptyLedger } from '../../../local/incident/application/ledger.ts';
import { type FrameInput, frame } from '../../../local/incident/show/frame.ts';

const measurement = (at: number, used: number) => ({
  at,
  used,
  guard: 1,
  active: 2,
  idleShortly: Math.floor((used - 2) / 2),
  idleLonger: Math.ceil((used - 2) / 2),
  inTransaction: 0,
});

const input: FrameInput = {
  scenario: INCIDENT,
  reclaim: 'terminate',
  limits: { warning: 100, critical: 150, usable: 197 },
  measurements: [measurement(0, 2), measurement(40_000, 120), measurement(80_000, 180)],
  ledger: { ...emptyLedger(), open: new Map([['open tabs', 104]]), refusedAt: [1, 2, 3], served: 42 },
  story: '0:00 The site opens.',
};

describe('the live view', () => {
  it('says how many slots are used, by which states, and what the application went through', () => {
    const text = frame(input, 100, 30, styleFor(false)).join('\n');
    expect(text).toContain('used 180 of 197 (91%), 1 by the guard, 16 left: critical');
    expect(text).toContain('█ active 2  ▓ idle in transaction 0  ▒ idle up to 3 s 89  ░ idle longer 89');
    expect(text).toContain(
      'logins refused 3, sessions ended 0, living sessions cut 0, statements answered 42',
    );
    expect(text).toContain('application: open tabs 104');
    expect(text).toMatch(/197 ┼.*\n(?:.*\n)*.*150 ┼.*\n(?:.*\n)*.*100 ┼/);
    expect(text).toContain('0:00 ');
    expect(text).toContain('2:30');
  });

  it('fits the terminal, however small, and holds no escape codes without colour', () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 1, max: 200 }),
      rows: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(sizes, ({ columns, rows }) => {
        const lines = frame(input, columns, rows, styleFor(false));
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        expect(lines.join('')).not.toContain('\u001b');
      }),
    );
  });

  it('is there before the first measurement', () => {
    const scenario = { ...INCIDENT, seconds: 170 };
    const [first] = frame({ ...input, scenario, measurements: [] }, 80, 24, styleFor(false));
    expect(first).toContain('0:00 of 2:50');
  });
});
