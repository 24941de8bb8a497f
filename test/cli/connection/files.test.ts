import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookUpPassword, matchPassword } from '../../../cli/connection/password-file.ts';
import { readServices, serviceNamed } from '../../../cli/connection/service-file.ts';
import { mergeLayers } from '../../../cli/connection/settings.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'home-'));
});
afterEach(() => rm(home, { recursive: true }));

describe('the service file', () => {
  const content = '# ours\n[orders]\nhost = db.example\nuser=guard\n\n[billing]\nhost=other\n#user=x\n';

  test('gives the service that PGSERVICE names', async () => {
    await writeFile(join(home, '.pg_service.conf'), content);
    expect(serviceNamed('orders', await readServices({}, home))).toEqual({
      host: 'db.example',
      user: 'guard',
    });
  });

  test('is the one that PGSERVICEFILE names, with the system-wide one after it', async () => {
    await writeFile(join(home, 'mine'), '[mine]\nport=1');
    await writeFile(join(home, 'pg_service.conf'), content);
    const env = { PGSERVICEFILE: join(home, 'mine'), PGSYSCONFDIR: home };
    const services = await readServices(env, home);
    expect(serviceNamed('mine', services)).toEqual({ port: '1' });
    expect(serviceNamed('billing', services)).toEqual({ host: 'other' });
  });

  test('that lacks the service is an error with the names it has', async () => {
    await writeFile(join(home, '.pg_service.conf'), content);
    const services = await readServices({}, home);
    expect(() => serviceNamed('order', services)).toThrow(
      /there is no service order: .* has orders, billing/,
    );
  });
});

describe('the password file', () => {
  const settings = mergeLayers([{ host: 'h', user: 'u' }], { user: 'me', host: 'localhost' });

  test('gives the password of the first line that fits, with * and escapes', () => {
    const content = '#h:5432:postgres:u:comment\nx:*:*:*:no\nh:*:*:u:p\\:w\\\\\n*:*:*:*:late';
    expect(matchPassword(content, settings)).toBe('p:w\\');
    expect(matchPassword('h:5433:*:u:other port', settings)).toBeNull();
    expect(matchPassword('too:few:fields', settings)).toBeNull();
  });

  test('is not used when others may read it', async () => {
    const file = join(home, '.pgpass');
    await writeFile(file, '*:*:*:*:secret', { mode: 0o644 });
    expect(await lookUpPassword(settings, home)).toEqual({
      password: null,
      ignored: `${file} is ignored: others may read it (chmod 600 ${file})`,
    });
    await chmod(file, 0o600);
    expect(await lookUpPassword(settings, home)).toEqual({ password: 'secret', ignored: null });
  });

  test('need not be there', async () => {
    expect(await lookUpPassword(settings, home)).toEqual({ password: null, ignored: null });
  });
});
