import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { trackedFiles } from '../support/tracked-files.ts';
import { apiOf, undocumented } from './api.ts';
import { anchorsOf, PAGES } from './markdown.ts';

const MARK = '<!-- From here on written from the types: npx vitest run test/docs --update -->\n';

test('docs/construct.md has every exported name as its types and comments have it', async () => {
  const [written] = readFileSync('docs/construct.md', 'utf8').split(MARK);
  await expect(`${written}${MARK}\n${apiOf('index.ts')}\n`).toMatchFileSnapshot('../../docs/construct.md');
});

/** A heading of a page of ours, or a page of AWS or PostgreSQL. */
function leads(see: string): boolean {
  const [page = '', anchor] = see.split('#');
  if (PAGES.includes(page)) return anchor === undefined || anchorsOf(page).has(anchor);
  return /^https:\/\/(?:docs\.aws\.amazon\.com|www\.postgresql\.org\/docs\/current)\/\S+$/.test(see);
}

test('every setting of the construct and of defineConfig has comment, default and where to read on, where editors look for them', () => {
  const files = [
    ...trackedFiles('infra/config/*settings.ts'),
    ...['infra/props.ts', 'infra/own-parts.ts', 'infra/database-props.ts'],
  ];
  expect(files.length).toBeGreaterThanOrEqual(8);
  expect(files.flatMap((file) => undocumented(file, leads))).toEqual([]);
});
