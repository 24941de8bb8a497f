import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiOf } from './api.ts';

const MARK = '<!-- From here on written from the types: npx vitest run test/docs --update -->\n';

test('docs/construct.md has every exported name as its types and comments have it', async () => {
  const [written] = readFileSync('docs/construct.md', 'utf8').split(MARK);
  await expect(`${written}${MARK}\n${apiOf('index.ts')}\n`).toMatchFileSnapshot('../../docs/construct.md');
});
