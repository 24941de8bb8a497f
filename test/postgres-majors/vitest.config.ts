import { defineConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

/** The majors that `npm test` does not run on. */
const MAJORS = [13, 14, 15, 16, 17];

/** All in one run, so that no major waits for the slowest file of the one before. */
export default defineConfig({
  test: {
    ...shared.test,
    projects: MAJORS.map((major) => ({
      extends: true as const,
      test: {
        name: `PostgreSQL ${major}`,
        include: ['test/**/*.postgres.test.ts'],
        env: { RCG_POSTGRES_MAJOR: String(major) },
      },
    })),
  },
});
