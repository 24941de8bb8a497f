import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { BUNDLE_BUDGET, BundleBudgetError, withinBudget } from '../../infra/build/function-bundle.ts';
import { BUNDLE_DIRECTORY } from '../../infra/build/package-root.ts';
import { BUNDLE_FILE } from '../support/guard.ts';

const INPUTS = {
  'node_modules/@aws-sdk/client-sns/a.js': { bytesInOutput: 2000 },
  'node_modules/@aws-sdk/client-sns/b.js': { bytesInOutput: 3000 },
  'lambda/report/x.ts': { bytesInOutput: 1000 },
};
const metafile = {
  inputs: {},
  outputs: { 'index.mjs': { bytes: 6000, inputs: INPUTS, imports: [], exports: [] } },
};

test('a bundle over budget is refused, with the packages that weigh most', () => {
  expect(withinBudget(metafile, 6000)).toBe(6000);
  expect(() => withinBudget(metafile, 5999)).toThrow(BundleBudgetError);
  expect(() => withinBudget(metafile, 5999)).toThrow(
    /5\.0 kB {2}@aws-sdk\/client-sns\n.*1\.0 kB {2}lambda\/report/s,
  );
});

test('the deployed directory holds the one file, within budget, without paths of this machine', () => {
  expect(dirname(BUNDLE_FILE)).toBe(BUNDLE_DIRECTORY);
  expect(readdirSync(BUNDLE_DIRECTORY)).toEqual(['index.mjs']);
  const code = readFileSync(BUNDLE_FILE);
  expect(code.length).toBeLessThanOrEqual(BUNDLE_BUDGET);
  expect(code.includes('sourceMappingURL')).toBe(false);
  expect(code.includes(process.cwd())).toBe(false);
});
