import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentLayer } from '../../../cli/connection/environment.ts';
import { mergeLayers, tlsModeOf } from '../../../cli/connection/settings.ts';
import { parseUrl } from '../../../cli/connection/url.ts';
import { UsageError } from '../../../cli/usage-error.ts';

const defaults = { user: 'me', host: 'localhost' };

describe('a connection URL', () => {
  test('is taken apart, escapes decoded', () => {
    expect(parseUrl('postgresql://gu%40rd:p%3A%2Fw@db.example:5433/or%20ders?sslmode=disable')).toEqual({
      host: 'db.example',
      port: '5433',
      dbname: 'or ders',
      user: 'gu@rd',
      password: 'p:/w',
      sslmode: 'disable',
    });
  });

  test('may be one that a framework wrote, with parameters that do not concern logging in', () => {
    expect(parseUrl('postgresql+psycopg2://app@h/db?application_name=x&pool_size=5&ssl=true')).toEqual({
      host: 'h',
      dbname: 'db',
      user: 'app',
    });
    expect(parseUrl('postgres:///db?host=/var/run/postgresql&ssl=false')).toEqual({
      host: '/var/run/postgresql',
      dbname: 'db',
      sslmode: 'disable',
    });
    expect(parseUrl('postgres://u:a@b#c@h')).toEqual({ host: 'h', user: 'u', password: 'a@b#c' });
    expect(parseUrl('postgres://[::1]:5433')).toEqual({ host: '::1', port: '5433' });
  });

  test.each(['mysql://h/db', 'host=h user=u', 'postgres:h', 'postgres://u:50%@h', 'postgres://h?ssl=maybe'])(
    '%s is refused',
    (url) => expect(() => parseUrl(url)).toThrow(UsageError),
  );

  test('is never repeated in an error, for it may hold a password', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 4 }), (before, secret) => {
        try {
          mergeLayers([parseUrl(`${before}://user:${secret}@host:port/db`)], defaults);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect(String(error)).not.toContain(`:${secret}@`);
        }
      }),
    );
  });
});

describe('the places that say where to connect', () => {
  test('hold in the order URL, service, environment, defaults', () => {
    const url = { host: 'from-url' };
    const service = { host: 'from-service', user: 'from-service' };
    const environment = environmentLayer({
      PGHOST: 'from-env',
      PGUSER: 'from-env',
      PGPORT: '6000',
      PGPASSWORD: 'secret',
      PGSSLMODE: 'disable',
      PGCONNECT_TIMEOUT: '7',
      PGDATABASE: '',
    });
    expect(mergeLayers([url, service, environment], defaults)).toEqual({
      host: 'from-url',
      port: 6000,
      database: 'postgres',
      user: 'from-service',
      password: 'secret',
      tls: 'disable',
      caFile: null,
      clientCertificate: null,
      timeout: 7,
      passfile: null,
    });
    expect(mergeLayers([], defaults)).toMatchObject({
      host: 'localhost',
      port: 5432,
      user: 'me',
      tls: 'verify-full',
    });
  });

  test.each([
    [{ port: '0' }, 'the port is a whole number from 1 to 65535'],
    [{ port: 'x' }, 'the port is a whole number from 1 to 65535'],
    [{ host: 'a,b' }, 'name one host: each server has slots of its own, so each is sampled by itself'],
    [{ sslmode: 'verify-ful' }, 'sslmode takes one of disable, allow'],
  ])('refuse %j', (layer, message) => expect(() => mergeLayers([layer], defaults)).toThrow(message));

  test('every sslmode but disable verifies certificate and host name', () => {
    for (const mode of ['allow', 'prefer', 'require', 'verify-ca', 'verify-full', '', undefined]) {
      expect(tlsModeOf(mode)).toBe('verify-full');
    }
    expect(tlsModeOf('disable')).toBe('disable');
  });
});
