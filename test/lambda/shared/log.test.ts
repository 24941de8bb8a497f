import { describe, expect, it } from 'vitest';
import { jsonLog } from '../../../lambda/shared/log.ts';

describe('a log line', () => {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => lines.push(line),
    () => Date.UTC(2026, 10, 23, 20, 15, 7, 42),
  );

  it('is one line of JSON with time, level and event first, as Lambda filters them', () => {
    log('WARN', 'check.done', { database: 'orders', used: 3 });
    expect(lines).toEqual([
      '{"timestamp":"2026-11-23T20:15:07.042Z","level":"WARN","event":"check.done","database":"orders","used":3}\n',
    ]);
  });

  it('cleans and bounds every text, however deep: line breaks, terminal escapes, bidi, 60 kB', () => {
    lines.length = 0;
    log('INFO', 'check.done', { states: [{ name: 'a\nb\u001b[31m\u202e' }], text: 'x'.repeat(60_000) });
    expect(lines[0]).toContain('"name":"a�b�[31m�"');
    expect(lines[0]?.length).toBeLessThan(700);
  });
});
