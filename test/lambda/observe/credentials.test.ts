import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CredentialsError } from '../../../lambda/model/session.ts';
import { createCredentialsProvider } from '../../../lambda/observe/credentials.ts';
import { createSecretReader } from '../../../lambda/observe/secret-cache.ts';
import { useAws } from '../../support/aws.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-AbCdEf';
const aws = useAws();
const where = { host: 'orders.abc.eu-central-1.rds.amazonaws.com', port: 5433 };

let now = 0;
beforeEach(() => {
  now = 1_800_000_000_000;
});

function providerOf(
  login: { secretArn: string } | { iam: { user: string } },
  { pinned = true, host = where.host } = {},
) {
  const readSecret = createSecretReader(aws.clients.secretsManager, { now: () => now });
  return createCredentialsProvider({ ...where, host, login }, { region: 'eu-central-1', readSecret, pinned });
}
const use = (fresh = false) => ({ fresh, signal: AbortSignal.timeout(10_000) });
const rotate = (password: string) =>
  aws.endpoint.setSecret(ARN, JSON.stringify({ username: 'guard', password, engine: 'postgres' }));

describe('a login by secret', () => {
  it('is asked for once in five minutes', async () => {
    rotate('first');
    const provider = providerOf({ secretArn: ARN });
    expect(await provider.credentials(use())).toEqual({ user: 'guard', password: 'first' });
    rotate('second');
    now += 299_999;
    expect(await provider.credentials(use())).toMatchObject({ password: 'first' });
    expect(aws.endpoint.calls).toHaveLength(1);
    now += 1;
    await provider.credentials(use());
    await vi.waitFor(async () =>
      expect(await provider.credentials(use())).toMatchObject({ password: 'second' }),
    );
    expect(aws.endpoint.calls).toHaveLength(2);
  });

  it.each(['server-error', 'hang', 'stall'] as const)(
    'serves from the cache whatever Secrets Manager does (%s), and nothing waits for it',
    async (kind) => {
      rotate('first');
      const provider = providerOf({ secretArn: ARN });
      await provider.credentials(use());
      aws.endpoint.fail({ service: 'secretsmanager', kind });
      for (let minute = 5; minute < 60; minute += 5) {
        now += 300_000;
        const { password } = await provider.credentials({ fresh: false, signal: AbortSignal.timeout(3000) });
        expect(password).toBe('first');
      }
      // The server refuses it: now, and only now, there is nothing to log in with.
      await expect(
        provider.credentials({ fresh: true, signal: AbortSignal.timeout(1500) }),
      ).rejects.toThrow();
    },
  );

  it.each([
    ['its own host, in any case of letters', 'Orders.abc.eu-central-1.rds.amazonaws.com'],
    ['the cluster that the instance belongs to', 'shop.cluster-abc.eu-central-1.rds.amazonaws.com'],
    ['the readers of that cluster', 'shop.cluster-ro-abc.eu-central-1.rds.amazonaws.com'],
  ])('is taken in an event that is not the stack’s when it names %s', async (_, host) => {
    aws.endpoint.setSecret(ARN, JSON.stringify({ username: 'guard', password: 'p', host }));
    const provider = providerOf({ secretArn: ARN }, { pinned: false });
    expect(await provider.credentials(use())).toEqual({ user: 'guard', password: 'p' });
  });

  it.each([
    ['no host', undefined],
    ['another host', 'billing.abc.eu-central-1.rds.amazonaws.com'],
    ['a cluster of another account', 'shop.cluster-xyz.eu-central-1.rds.amazonaws.com'],
    ['a host that begins alike', 'orders.abc.eu-central-1.rds.amazonaws.com.evil.example'],
  ])('is kept back in an event that is not the stack’s when it names %s', async (_, host) => {
    aws.endpoint.setSecret(ARN, JSON.stringify({ username: 'guard', password: 'p', host }));
    await expect(providerOf({ secretArn: ARN }, { pinned: false }).credentials(use())).rejects.toThrow(
      'it goes to another host only in an event that a schedule of the stack sends',
    );
    expect(await providerOf({ secretArn: ARN }).credentials(use())).toMatchObject({ password: 'p' });
  });

  it('is not sent to a host of the attacker’s that pretends to belong to the cluster', async () => {
    const host = 'shop.cluster-abc.eu-central-1.rds.amazonaws.com';
    aws.endpoint.setSecret(ARN, JSON.stringify({ username: 'guard', password: 'p', host }));
    for (const evil of [
      'x.abc.eu-central-1.rds.amazonaws.com.evil.example',
      'a.b.abc.eu-central-1.rds.amazonaws.com',
    ])
      await expect(
        providerOf({ secretArn: ARN }, { pinned: false, host: evil }).credentials(use()),
      ).rejects.toBeInstanceOf(CredentialsError);
  });

  it('is asked for at once after a rotation, and kept', async () => {
    rotate('first');
    const provider = providerOf({ secretArn: ARN });
    await provider.credentials(use());
    rotate('second');
    expect(await provider.credentials(use(true))).toMatchObject({ password: 'second' });
    expect(await provider.credentials(use())).toMatchObject({ password: 'second' });
    expect(aws.endpoint.calls).toHaveLength(2);
  });

  it.each([
    ['hunter2', 'is not a JSON object with username and password'],
    ['["hunter2"]', 'has no text under username'],
    ['"hunter2"', 'is not a JSON object with username and password'],
    ['{"password":"hunter2"}', 'has no text under username'],
    ['{"username":"hunter2"}', 'has no text under password'],
    ['{"username":"guard","password":["hunter2"]}', 'has no text under password'],
    ['{"username":"guard","password":"","note":"hunter2"}', 'has no text under password'],
  ])('says what is missing in a malformed secret and never shows it: %s', async (secret, what) => {
    aws.endpoint.setSecret(ARN, secret);
    const error = await providerOf({ secretArn: ARN })
      .credentials(use())
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof CredentialsError)) throw new Error('not a CredentialsError');
    expect(error.message).toBe(`the secret ${ARN} ${what}`);
    expect(`${error.stack} ${String(error.cause)}`).not.toContain('hunter2');
  });

  it('says why a secret cannot be had', async () => {
    const failed = providerOf({ secretArn: ARN }).credentials(use());
    await expect(failed).rejects.toBeInstanceOf(CredentialsError);
    await expect(failed).rejects.toThrow(`the secret ${ARN} could not be read: ResourceNotFoundException: `);
  });

  it('ends with its signal when Secrets Manager does not answer, and survives a passing fault', async () => {
    rotate('first');
    const provider = providerOf({ secretArn: ARN });
    const lift = aws.endpoint.fail({ service: 'secretsmanager', kind: 'hang' });
    const late = provider.credentials({ fresh: false, signal: AbortSignal.timeout(100) });
    await expect(late).rejects.toMatchObject({ name: 'TimeoutError' });
    lift();
    aws.endpoint.fail({ service: 'secretsmanager', kind: 'reset', times: 2 });
    expect(await provider.credentials(use())).toMatchObject({ password: 'first' });
  });
});

describe('a login by IAM', () => {
  it('is a token signed on the spot for this server, user and region, good for fifteen minutes', async () => {
    const { user, password } = await providerOf({ iam: { user: 'guard' } }).credentials(use());
    expect(user).toBe('guard');
    const url = new URL(`https://${password}`);
    expect(url.host).toBe('orders.abc.eu-central-1.rds.amazonaws.com:5433');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'connect',
      DBUser: 'guard',
      'X-Amz-Expires': '900',
    });
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(/\/eu-central-1\/rds-db\/aws4_request$/);
    expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
    expect(aws.endpoint.calls).toEqual([]);
  });

  it('says so when there is nothing to sign with', async () => {
    const emptyHome = '/dev/null';
    for (const [name, value] of [
      ['AWS_ACCESS_KEY_ID', ''],
      ['AWS_SECRET_ACCESS_KEY', ''],
      ['AWS_EC2_METADATA_DISABLED', 'true'],
      ['AWS_CONFIG_FILE', emptyHome],
      ['AWS_SHARED_CREDENTIALS_FILE', emptyHome],
    ] as const) {
      vi.stubEnv(name, value);
    }
    const failed = providerOf({ iam: { user: 'guard' } }).credentials(use());
    await expect(failed).rejects.toBeInstanceOf(CredentialsError);
    await expect(failed).rejects.toThrow('no IAM token could be signed for guard: ');
  });

  it('is not signed after its signal has ended', async () => {
    const provider = providerOf({ iam: { user: 'guard' } });
    await expect(provider.credentials({ fresh: false, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
