import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvent } from '../../../lambda/config/event.ts';
import { TrustError, tlsOptions } from '../../../lambda/observe/tls.ts';

const trust = (caFile: string) =>
  tlsOptions({ host: 'db.example', tls: { mode: 'verify-full', caFile } }, () => {});

test.each(['/dev/zero', '/dev/null', '/dev/stdin', '/proc', '/nonexistent'])(
  'certificates are read from a regular file only, not from %s',
  async (file) => {
    await expect(trust(file)).rejects.toBeInstanceOf(TrustError);
  },
);

test('a file of certificates that is far too large is not read', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'guard-ca-'));
  try {
    const file = join(directory, 'ca.pem');
    writeFileSync(file, '');
    truncateSync(file, 10 * 1024 ** 3);
    await expect(trust(file)).rejects.toThrow('bytes; at most');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.each(['::1', 'fe80::1', '::ffff:10.0.0.1', '10.0.0.1', 'db.example'])('%s is a host', (host) => {
  const database = { name: 'orders', host, login: { iam: { user: 'guard' } } };
  expect(parseEvent({ databases: [database] }).databases[0]?.host).toBe(host);
});
