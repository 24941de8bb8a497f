import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { chart, split } from '../../../cli/terminal/chart.ts';
import { liveRegion } from '../../../cli/terminal/live.ts';
import { styleFor } from '../../../cli/terminal/style.ts';
import { table } from '../../../cli/terminal/table.ts';
import { pad, truncate, widthOf, wrap } from '../../../cli/terminal/width.ts';
import { screenOf } from '../../../cli/view/screen.ts';

const plain = styleFor(false);
const coloured = styleFor(true);

describe('the width of a text', () => {
  it.each([
    ['plain', 5],
    ['', 0],
    [coloured('red', 'red'), 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['🚀!', 3],
    ['ｱ', 1],
    ['1\ufe0f\u20e3', 2],
    ['│┈█', 3],
  ])('%j takes %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  it('is what string-width says, without loading it for what this program draws', () => {
    const drawn = fc.constantFrom('a', ' ', '~', '·', '…', '─', '█', '▲', 'é', '日', coloured('red', 'x'));
    fc.assert(
      fc.property(fc.array(fc.oneof(drawn, fc.string({ unit: 'grapheme' }))), (parts) => {
        expect(widthOf(parts.join(''))).toBe(stringWidth(parts.join('')));
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0x2500, max: 0x259f }), (code) => {
        expect(widthOf(String.fromCodePoint(code))).toBe(stringWidth(String.fromCodePoint(code)));
      }),
    );
  });

  it('is never more than asked for after truncating, and exactly what is asked for after padding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
        expect(widthOf(truncate(text, columns))).toBeLessThanOrEqual(columns);
        expect(widthOf(pad(text, columns))).toBe(columns);
      }),
    );
  });

  it('ends a colour that it began, even when the text in it is cut', () => {
    expect(truncate(coloured('red', 'abcdef'), 4)).toBe(coloured('red', 'abc…'));
  });

  it('wraps at spaces, keeps the indent, and breaks only a word that does not fit', () => {
    expect(wrap('  one two three', 9)).toEqual(['  one two', '  three']);
    expect(wrap('abcdefghij kl', 5)).toEqual(['abcde', 'fghij', 'kl']);
    expect(wrap('', 5)).toEqual(['']);
  });
});

describe('the chart', () => {
  const drawn = (values: readonly (number | null)[], style = plain) =>
    chart(
      {
        bars: values.map((value) => (value === null ? null : { value, style: 'green' })),
        marks: [{ value: 100, label: '100', style: 'yellow' }],
        top: 200,
        height: 4,
        labelWidth: 3,
      },
      style,
    );

  it('draws a bar to its height and the mark where no bar stands', () => {
    expect(drawn([0, 25, 100, 150, 200, null])).toEqual([
      '    │    █ ',
      '    │   ██ ',
      '100 ┼┈┈███┈',
      '    │ ▄███ ',
    ]);
  });

  it('shows a value that is small beside the top', () => {
    expect(drawn([1])[3]).toBe('    │▁');
  });

  it('does not draw above the top', () => {
    expect(drawn([900])).toEqual(drawn([200]));
  });

  it('is as wide with colour as without', () => {
    const values = [10, 100, null, 180];
    expect(drawn(values, coloured).map(widthOf)).toEqual(drawn(values).map(widthOf));
  });
});

describe('the split bar', () => {
  const parts = (...values: number[]) =>
    values.map((value, index) => ({ value, glyph: 'abc'[index] ?? '?', style: 'green' as const }));

  it('gives every part its share and the rest to what is free', () => {
    expect(split(parts(50, 25), 100, 8, plain)).toBe('aaaabb··');
  });

  it('shows a part that is too small for a column of its own', () => {
    expect(split(parts(99, 1), 200, 10, plain)).toBe('aaaaab····');
  });

  it('is always as wide as asked for', () => {
    const counts = fc.array(fc.nat(300), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 80 }), (values, width) => {
        expect(widthOf(split(parts(...values), 197, width, plain))).toBe(width);
      }),
    );
  });
});

describe('a table', () => {
  it('lines words up at the left and numbers at the right, whatever their style', () => {
    const rows = [
      ['off', coloured('red', '120')],
      ['reclaim', '0'],
    ];
    expect(table([{ title: 'policy' }, { title: 'refused', align: 'right' }], rows)).toEqual([
      'policy   refused',
      '-------  -------',
      `off          ${coloured('red', '120')}`,
      'reclaim        0',
    ]);
  });
});

describe('the live picture of a terminal', () => {
  it('stands in the alternate screen over the last of the lasting lines, which all stay at the end', () => {
    let written = '';
    let raw = false;
    const keys = {
      isTTY: true,
      on: () => keys,
      off: () => keys,
      pause: () => keys,
      setRawMode: (mode: boolean) => {
        raw = mode;
        return keys;
      },
    };
    const stream = {
      rows: 4,
      columns: 80,
      write: (text: string | Uint8Array) => {
        written += String(text);
        return true;
      },
    };
    // A stand-in for the few members that are used.
    const region = liveRegion(stream, keys as unknown as NodeJS.ReadStream);
    const take = () => {
      const text = written;
      written = '';
      return text.replaceAll('\u001b[K', '');
    };
    expect(take()).toBe('\u001b[?1049h\u001b[?25l');
    expect(raw).toBe(true);
    region.print(['one', 'two', 'three']);
    region.draw(['a', 'b']);
    take();
    region.draw(['c', 'd']);
    expect(take()).toBe('\u001b[Hc\r\nd\r\nthree\u001b[J');
    region.end();
    expect(take()).toBe('\u001b[?25h\u001b[?1049lone\ntwo\nthree\n');
    expect(raw).toBe(false);
    region.print(['after']);
    expect(take()).toBe('after\n');
  });
});

it.each([
  [{ isTTY: true, columns: 0 }, 80],
  [{ isTTY: true, columns: 100 }, 100],
  [{ isTTY: false, columns: 100 }, null],
])('a stream %j is drawn on in %j columns: 0 is what a terminal says that knows no size', (stream, width) => {
  // A stand-in for the few members that are used.
  const screen = screenOf({ ...stream, hasColors: () => false } as unknown as NodeJS.WriteStream);
  expect(screen.width).toBe(width);
});
