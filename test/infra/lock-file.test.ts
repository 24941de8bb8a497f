import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// `npm ci` checks what it downloads against these hashes, and what has none against nothing.
test.each(['package-lock.json', 'local/node24/package-lock.json'])(
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
