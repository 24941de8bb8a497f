import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { ServerCertificate } from './cluster.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 86_400_000;

/** A certificate authority that lives as long as the test that makes it. */
export interface Authority {
  /** Its certificate, PEM: what a client has to trust. */
  readonly certificate: string;
  /** A server certificate for these DNS names and IP addresses. */
  issue(names: {
    readonly dns?: readonly string[];
    readonly ip?: readonly string[];
  }): Promise<ServerCertificate>;
}

/** Makes a certificate authority of its own. */
export async function createAuthority(): Promise<Authority> {
  cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const root = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Test authority',
    ...validity(),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return { certificate: root.toString('pem'), issue: (names) => issue(root, keys, names) };
}

async function issue(
  root: X509Certificate,
  rootKeys: webcrypto.CryptoKeyPair,
  { dns = [], ip = [] }: { readonly dns?: readonly string[]; readonly ip?: readonly string[] },
): Promise<ServerCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ip.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=Test server',
    issuer: root.subject,
    ...validity(),
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new SubjectAlternativeNameExtension(names)],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

/** From yesterday, for clocks that disagree, until tomorrow. */
const validity = () => ({
  notBefore: new Date(Date.now() - DAY),
  notAfter: new Date(Date.now() + DAY),
});
