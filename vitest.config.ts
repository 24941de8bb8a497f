import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** The built functions under Lambda's Node.js (`npm run test:runtime`): several processes in each, which mostly wait. */
const RUNTIME = ['test/e2e/**/*.test.ts'];

/** Tests in which several processes share a deadline or `dist/` is built anew: nothing else may run beside them. */
const ALONE = ['test/local/incident/**/*.test.ts', 'test/infra/package.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    globalSetup: 'test/support/postgres-templates.ts',
    // They wait for servers as much as they compute, so more than one for each core pays.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...ALONE, ...RUNTIME],
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: { name: 'runtime', include: RUNTIME, maxWorkers: 2, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
