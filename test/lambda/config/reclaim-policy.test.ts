import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { databaseSchema } from '../../../lambda/config/database.ts';
import { reclaimSchema } from '../../../lambda/config/reclaim-policy.ts';
import { inAny, inEvery } from '../../../lambda/config/session-filter.ts';
import { ConfigurationError, parse } from '../../../lambda/config/validation.ts';
import { shouldReclaim } from '../../../lambda/reclaim/reclaim.ts';
import { policyOf } from '../reclaim/support.ts';

const session = { role: 'app', application: 'web 1', database: 'shop', client: '10.1.2.3' };

function mistakes(input: unknown): string[] {
  try {
    policyOf(input);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.mistakes.map(({ path, allowed }) => `${path}: ${allowed}`);
  }
}

describe('the reclaim policy', () => {
  it('is off by default, and has a default for everything else', () => {
    expect(policyOf({})).toEqual({
      mode: 'off',
      at: 'critical',
      idleFor: 330,
      usedOnceFor: 50,
      idleForAtFull: 15,
      maxPerCheck: 100,
      maxPerHour: 30_000,
      keepPerApplication: 0,
      headBlocker: false,
    });
  });

  it('lets the defaults follow what is set', () => {
    expect(policyOf({ mode: 'dry-run', idleFor: 10, maxPerHour: 5 })).toMatchObject({
      usedOnceFor: 10,
      idleForAtFull: 10,
      maxPerCheck: 5,
    });
  });

  it.each([
    [{ idleFor: 60 }, /^mode: .*without a mode the other settings do nothing/],
    [{ mode: 'terminate', idleFor: 10, usedOnceFor: 20 }, /^usedOnceFor: no more than idleFor \(10\)/],
    [{ mode: 'terminate', idleFor: 10, idleForAtFull: 20 }, /^idleForAtFull: no more than .*\(10\)/],
    [{ mode: 'terminate', maxPerCheck: 20, maxPerHour: 10 }, /^maxPerCheck: no more than maxPerHour \(10\)/],
    [{ mode: 'terminate', only: {} }, /^only: at least one of roles/],
    [{ mode: 'terminate', only: { roles: [] } }, /^only.roles: .*an empty list selects nothing/],
    [{ mode: 'terminate', only: { roles: ['rdsadmin'] } }, /^only: .*rds never are/],
    [{ mode: 'terminate', only: { clients: ['10.0.0.0/33'] } }, /^only.clients\[0\]: an IP address/],
    [{ mode: 'terminate', idleFor: '5m' }, /^idleFor: a number of seconds/],
    [{ mode: 'terminate', idle: 5 }, /^idle: only mode, at, /],
  ])('refuses %j', (input, told) => {
    expect(mistakes(input)).toEqual([expect.stringMatching(told)]);
  });

  it('tells every contradiction at once', () => {
    const input = { mode: 'terminate', idleFor: 10, usedOnceFor: 20, maxPerCheck: 2, maxPerHour: 1 };
    expect(mistakes(input)).toHaveLength(2);
  });

  it('accepts what it gives: the event that the stack writes is checked again by the function', () => {
    const ages = fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined });
    const names = fc.option(fc.record({ roles: fc.constant(['a*']) }), { nil: undefined });
    const input = fc.record({
      mode: fc.constantFrom('off', 'dry-run', 'terminate'),
      at: fc.constantFrom('always', 'warning', 'critical', 'full', undefined),
      idleFor: ages,
      usedOnceFor: ages,
      idleForAtFull: ages,
      idleInTransactionFor: ages,
      only: names,
      maxPerCheck: ages,
      maxPerHour: ages,
    });
    fc.assert(
      fc.property(input, (written) => {
        fc.pre(mistakes(written).length === 0);
        const policy = policyOf(written);
        expect(policyOf(JSON.parse(JSON.stringify(policy)))).toEqual(JSON.parse(JSON.stringify(policy)));
        expect(policy.idleForAtFull).toBeLessThanOrEqual(policy.usedOnceFor);
        expect(policy.usedOnceFor).toBeLessThanOrEqual(policy.idleFor);
      }),
    );
  });

  it.each([
    ['critical', 160, false],
    ['critical', 150, true],
    ['critical', 90, true],
    ['critical', '10%', true],
    ['warning', 101, false],
    ['full', 160, true],
    ['always', 160, true],
  ] as const)('at %s stops under %s: %s', (at, until, fits) => {
    const database = {
      name: 'orders',
      host: 'db.example.com',
      login: { iam: { user: 'guard' } },
      thresholds: { warning: 100, critical: 150 },
      reclaim: { mode: 'terminate', at, until },
    };
    const check = () => parse(databaseSchema, database, 'the file');
    if (fits) expect(check).not.toThrow();
    else expect(check).toThrow(/reclaim\.until: .*it would stop before it began/);
  });

  it('acts from its level on, and not at all when off', () => {
    expect(shouldReclaim('warning', policyOf({ mode: 'terminate' }))).toBe(false);
    expect(shouldReclaim('full', policyOf({ mode: 'dry-run' }))).toBe(true);
    expect(shouldReclaim('ok', policyOf({ mode: 'dry-run', at: 'always' }))).toBe(true);
    expect(shouldReclaim('full', policyOf({ mode: 'off', at: 'always' }))).toBe(false);
  });

  it.each([
    [{ roles: ['app'] }, true],
    [{ roles: ['ap'] }, false],
    [{ roles: ['ap*'] }, true],
    [{ applications: ['web*'], databases: ['shop'] }, true],
    [{ applications: ['web*'], databases: ['other'] }, false],
    [{ clients: ['10.1.0.0/16'] }, true],
    [{ clients: ['10.1.2.3'] }, true],
    [{ clients: ['10.2.0.0/16', '::/0'] }, false],
  ])('only %j selects a session that every list names: %s', (selection, selected) => {
    const { only } = parse(reclaimSchema, { mode: 'terminate', only: selection }, 'the policy');
    expect(only && inEvery(only)(session)).toBe(selected);
  });

  it('takes except by any of its lists, and never a session without an address by network', () => {
    expect(inAny({ roles: ['x'], databases: ['shop'] })(session)).toBe(true);
    expect(inAny({ clients: ['0.0.0.0/0'] })({ ...session, client: null })).toBe(false);
    expect(inAny({ applications: [''] })({ ...session, application: '' })).toBe(true);
  });
});
