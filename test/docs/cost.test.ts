import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { costTables, sumOf } from './cost.ts';

const BEGIN = '<!-- From here on written from the constants: npx vitest run test/docs --update -->\n';
const END = '<!-- to here -->\n';

test('docs/cost.md has the arithmetic as the constants give it', async () => {
  const page = readFileSync('docs/cost.md', 'utf8');
  const [before = '', rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  await expect(`${before}${BEGIN}\n${costTables()}\n\n${END}${after}`).toMatchFileSnapshot(
    '../../docs/cost.md',
  );
});

test('a fleet of 100 can be watched every 5 s for under $1.50 a database and month, one of 10 for under $5 by default', () => {
  const lean = { databases: 100, every: 5, metrics: 'essential', alarms: 'fleet' } as const;
  expect(sumOf(lean) / 100).toBeLessThan(1.5);
  expect(sumOf({ ...lean, databases: 10, metrics: 'all', alarms: 'each' }) / 10).toBeLessThan(5);
});
