import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// `npm ci` checks what it downloads against these hashes, and what has none against nothing. In that of
// test/postgres-majors 14 have none: the registry has no such version of PostgreSQL 13 and 14 for their platforms.
test.each(['package-lock.json', 'local/node24/package-lock.json', 'local/browser/package-lock.json'])(
  '%s has a hash for every package of every platform',
  (file) => {
    const { packages }: { packages: Record<string, { integrity?: string; inBundle?: boolean }> } = JSON.parse(
      readFileSync(file, 'utf8'),
    );
    const downloaded = Object.entries(packages).filter(([path, { inBundle }]) => path !== '' && !inBundle);
    expect(downloaded.length).toBeGreaterThan(1);
    expect(downloaded.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual(
      [],
    );
  },
);
