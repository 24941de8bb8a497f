import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { until } from '../lambda/observe/rig.ts';
import { environmentFor, impatient, runCommand } from './support.ts';

// 20 slots, 3 for superusers: 17 usable, on every major.
let server: PostgresServer;
let guard: Login;
let watcher: Login;
let app: Login;
let clients: Client[] = [];

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 20 });
  guard = await createMonitor(server, { canSignal: true });
  watcher = await createMonitor(server, { name: 'watcher' });
  app = await createRole(server, { name: 'app', connectionLimit: 18 });
});
afterAll(() => server.stop());
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end().catch(() => {})));
  clients = [];
  await waitUntil("SELECT count(*) = 0 AS done FROM pg_stat_activity WHERE backend_type = 'client backend'");
});

async function waitUntil(sql: string): Promise<void> {
  await until(async () => (await server.query<{ done: boolean }>(sql))[0]?.done === true);
}

async function open(count: number, application = 'web'): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const client = new Client({
      host: server.host,
      port: server.port,
      database: 'postgres',
      application_name: application,
      ...app,
    });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
  }
  await waitUntil(
    `SELECT count(*) = ${clients.length} AS done FROM pg_stat_activity WHERE usename = 'app' AND state = 'idle'`,
  );
}

const asGuard = () => environmentFor(server, guard);

describe('check', () => {
  test('says ok, and who holds the slots, with exit code 0', async () => {
    await open(5);
    const { code, out, err } = await runCommand(['check'], asGuard());
    expect(code).toBe(0);
    expect(err).toBe('');
    const [first] = out.split('\n');
    expect(first).toBe('OK 127.0.0.1: 5 of 17 usable slots used (29%), 12 left | used=5;11;14;0;17');
    expect(out).toContain('usable 17 = max_connections 20 - 3 superuser_reserved_connections');
    expect(out).toMatch(/^ +5 +5 +\d+ s +app +web +127\.0\.0\.1$/m);
    expect(out).toMatch(/^role app +18 +5 +13$/m);
  });

  test.each([
    [12, 'WARNING', 1],
    [15, 'CRITICAL', 2],
    [16, 'FULL', 2],
  ])('%d of 17 is %s, exit code %d', async (count, word, code) => {
    await open(count);
    const run = await runCommand(['check'], asGuard());
    expect(run.out).toMatch(new RegExp(`^${word} `));
    expect(run.code).toBe(code);
  });

  test('takes thresholds as counts and as what is left', async () => {
    await open(5);
    const run = await runCommand(['check', '--warning', '3', '--critical', '11 left', '--json'], asGuard());
    expect(run.code).toBe(1);
    expect(JSON.parse(run.out)).toMatchObject({ level: 'warning', used: 5, warningAt: 3, criticalAt: 6 });
  });

  test('a server that refuses us is full: exit code 2, which limit, and what to do', async () => {
    await open(17);
    const { code, out, err } = await runCommand(['check'], impatient(asGuard()));
    expect(code).toBe(2);
    // At once, before the second after which it says what it waits for.
    expect(err).toMatch(
      /^127\.0\.0\.1:\d+\/postgres: logins refused, only superuser slots left\n.*no sample yet/,
    );
    expect(out).toMatch(/^FULL 127\.0\.0\.1: logins refused, only superuser slots left/);
    expect(out).toMatch(/^now: log in as a superuser/m);
  });

  test('a superuser still gets in then', async () => {
    await open(17);
    const { code, out } = await runCommand(['check'], environmentFor(server, server.superuser));
    expect(code).toBe(2);
    expect(out).toMatch(/^FULL 127\.0\.0\.1: 17 of 17 usable slots used \(100%\), 0 left/);
  });

  test('a role that sees only itself gives no number: exit code 3, and the grant', async () => {
    const { code, out } = await runCommand(['check'], environmentFor(server, app));
    expect(code).toBe(3);
    expect(out).toMatch(/^UNKNOWN .* hidden from the role app/);
    expect(out).toContain('GRANT pg_monitor TO "app";');
  });
});

describe('what keeps us from a sample is one clear line, what to do, and exit code 3', () => {
  test.each([
    [
      'a wrong password',
      { PGPASSWORD: 'secret-and-wrong' },
      /login refused, wrong password or token \[28P01\]/,
    ],
    ['no password', { PGPASSWORD: '' }, /asks for a password, and there is none\nnow: set PGPASSWORD/],
    ['a role that does not exist', { PGUSER: 'nobody' }, /login refused, wrong password or token \[28P01\]/],
    ['a database that does not exist', { PGDATABASE: 'nothing' }, /does not exist \[3D000\]/],
    ['a port where no server listens', { PGPORT: '1' }, /no connection \[ECONNREFUSED\]/],
    ['a host that does not exist', { PGHOST: 'no-such-host.invalid' }, /the host name does not resolve/],
    ['a server without TLS', { PGSSLMODE: 'require' }, /the server has no TLS.*\nnow: add sslmode=disable/],
    ['a socket without a server', { PGHOST: '/nowhere' }, /no server listens on that Unix socket \[ENOENT\]/],
  ])('%s', async (_what, changed, words) => {
    const run = await runCommand(['check'], { ...asGuard(), ...changed });
    expect(run.code).toBe(3);
    expect(run.out).toMatch(/^UNKNOWN /);
    expect(run.out).toMatch(words);
    expect(run.out.split('\n')).toHaveLength(2);
    expect(run.out + run.err).not.toMatch(/secret-and-wrong|\n\s+at /);
  });

  test('a server that does not answer, within the time allowed', async () => {
    server.pause();
    try {
      const run = await runCommand(['check'], impatient(asGuard()));
      expect(run.out).toMatch(/no answer in time/);
      expect(run.code).toBe(3);
    } finally {
      server.resume();
    }
  });

  test.each([
    [['chek'], "unknown command 'chek' (Did you mean check?)"],
    [['--once'], 'one sample is the command check'],
    [['watch', '--auto-close'], 'there is no option --auto-close: write watch --terminate'],
    [
      ['watch', '--idle-for', '5m'],
      '--idle-for says which sessions to end: add --terminate, or --dry-run to see only',
    ],
    [['check', '--warning', '90%'], 'thresholds'],
    [['check', 'orders', '--url', 'postgres://h'], 'name either orders or --url, not both'],
    [['check', '--all', '-h', 'x'], '--all takes every database of the configuration: name none'],
    [['terminate', '--pid', 'x'], "--pid takes process ids such as 4711, not 'x'"],
    [['terminate', '--pid', '1', '--yes'], 'there is no session with pid 1'],
    [['check', 'a', 'b'], "too many arguments for 'check'. Expected 1 argument but got 2."],
    [['check', 'orders', '--config', 'nowhere.json'], 'nowhere.json has a mistake'],
    [['sessions', '--client', '10.0.0.0/99'], 'clients'],
    [['terminate', '--json'], '--json cannot ask: add --yes or --dry-run'],
  ])('%j', async (argv, words) => {
    const run = await runCommand(argv, asGuard());
    expect(run.err).toContain(words);
    expect(run.code).toBe(3);
    expect(run.out).toBe('');
  });

  test('without a word on where to connect', async () => {
    expect((await runCommand(['check'], {})).err).toContain('which server?');
  });
});

describe('sessions', () => {
  test('lists the longest idle first, filtered and limited', async () => {
    await open(3, 'old');
    await open(2, 'new');
    const { code, out } = await runCommand(['sessions', '--limit', '4', '--json'], asGuard());
    expect(code).toBe(0);
    const list: { application: string; idleFor: number }[] = JSON.parse(out);
    expect(list.map(({ application }) => application)).toEqual(['old', 'old', 'old', 'new']);
    const filtered = await runCommand(['sessions', '--application', 'n*'], asGuard());
    expect(filtered.out.split('\n')).toHaveLength(5);
    expect(filtered.out).toMatch(
      /\nidle for up to 1 s: \d, 10 s: \d, 60 s: \d, 5 min: 0, 30 min: 0, longer: 0$/,
    );
    expect((await runCommand(['sessions', '--role', 'other'], asGuard())).out).toBe('no such session');
    expect((await runCommand(['sessions', '--idle-for', '1h'], asGuard())).out).toBe('no such session');
  });

  test('counts by application, role, client, database and state', async () => {
    await open(2, 'a');
    await open(3, '');
    const { out } = await runCommand(['sessions', '--by', 'application'], asGuard());
    expect(out).toMatch(/^ +3 +0 +3 +0 +\d+ s +\(none\)$/m);
    expect(out).toMatch(/^ +2 +0 +2 +0 +\d+ s +a$/m);
    const { out: json } = await runCommand(['sessions', '--by', 'state', '--json'], asGuard());
    expect(JSON.parse(json)).toMatchObject([{ value: 'idle', sessions: 5, idle: 5 }]);
  });

  test('from level warning on says the likely cause and the first step, listed and counted alike', async () => {
    await open(13);
    for (const options of [[], ['--by', 'role']]) {
      const { code, out } = await runCommand(['sessions', '--application', 'none', ...options], asGuard());
      expect(code).toBe(0);
      expect(out).toMatch(
        /^no such session\n\n(?:likely cause: .+\n)?first step: rds-connection-guard terminate --idle-for 0s {3}# shows 13 sessions that it would end, and asks$/,
      );
    }
  });

  test('on a full server exits with 2', async () => {
    await open(17);
    const run = await runCommand(['sessions'], impatient(asGuard()));
    expect(run.code).toBe(2);
    expect(run.err).toContain('logins refused, only superuser slots left');
  });
});

describe('terminate', () => {
  test('shows which it would end, asks, and ends them on yes', async () => {
    await open(4);
    const questions: string[] = [];
    const answer = (text: string) => ({
      ask: async (question: string) => {
        questions.push(question);
        return text;
      },
    });
    const no = await runCommand(['terminate', '--idle-for', '0s'], asGuard(), answer('n'));
    expect(no.code).toBe(1);
    expect(no.err).toBe('none was ended');
    const yes = await runCommand(['terminate', '--idle-for', '0s'], asGuard(), answer('y'));
    expect(questions).toEqual(['End 4 sessions? [y/N] ', 'End 4 sessions? [y/N] ']);
    expect(yes.code).toBe(0);
    expect(yes.out).toContain('4 ended; now 0 of 17 usable slots used');
    expect((await runCommand(['sessions', '--json'], asGuard())).out).toBe('[]');
  });

  test('without a terminal to ask at ends none', async () => {
    await open(2);
    const run = await runCommand(['terminate', '--idle-for', '0s'], asGuard());
    expect(run).toMatchObject({ code: 3, err: expect.stringContaining('no terminal to ask at: add --yes') });
    expect(JSON.parse((await runCommand(['sessions', '--json'], asGuard())).out)).toHaveLength(2);
  });

  test('a dry run ends none', async () => {
    await open(2);
    const run = await runCommand(['terminate', '--idle-for', '0s', '--dry-run', '--json'], asGuard());
    expect(run.code).toBe(0);
    expect(JSON.parse(run.out)).toMatchObject({ mode: 'dry-run', candidates: 2 });
    expect(JSON.parse((await runCommand(['sessions', '--json'], asGuard())).out)).toHaveLength(2);
  });

  test('keeps to filters, exclusions, what must stay, and the idle age', async () => {
    await open(3, 'a');
    await open(3, 'b');
    const end = (...argv: string[]) => runCommand(['terminate', '--yes', ...argv], asGuard());
    expect((await end()).out).toMatch(
      /none to end: the longest idle has been so for \d+ s; --idle-for 0s would end 6/,
    );
    expect(
      (await end('--idle-for', '0s', '--application', 'a', '--keep-per-application', '1')).out,
    ).toContain('2 ended');
    expect((await end('--idle-for', '0s', '--except-application', 'b', '--max', '1')).out).toContain(
      '1 ended',
    );
    expect((await end('--idle-for', '0s', '--max', '1')).out).toContain('1 ended');
    const left = JSON.parse((await runCommand(['sessions', '--by', 'application', '--json'], asGuard())).out);
    expect(left).toMatchObject([{ value: 'b', sessions: 2 }]);
  });

  test('without pg_signal_backend says that the server refused, with exit code 2', async () => {
    await open(1);
    const run = await runCommand(['terminate', '--idle-for', '0s', '--yes'], environmentFor(server, watcher));
    expect(run.code).toBe(2);
    expect(run.out).toContain('1 not allowed by the server');
  });

  test('writes the audit lines where standard error is a file', async () => {
    await open(1);
    const run = await runCommand(['terminate', '--idle-for', '0s', '--yes'], asGuard(), {
      errIsTerminal: false,
    });
    const events = run.err.split('\n').map((line): { event: string } => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['reclaim.begin', 'reclaim.done']);
  });
});

describe('doctor', () => {
  const findings = async (login: Login, env = environmentFor(server, login)) => {
    const { code, out } = await runCommand(['doctor', '--json'], env);
    const list: { topic: string; weight: string; text: string; remedy: string[] }[] = JSON.parse(out);
    return { code, of: (topic: string) => list.filter((finding) => finding.topic === topic) };
  };

  test('finds what could be better, each with its remedy, exit code 1', async () => {
    const { code, of } = await findings(guard);
    expect(code).toBe(1);
    expect(of('login')).toMatchObject([{ weight: 'advice', text: expect.stringContaining('without TLS') }]);
    expect(of('visibility')).toMatchObject([{ weight: 'good' }]);
    expect(of('signalling')).toMatchObject([{ weight: 'good' }]);
    expect(of('reserved-slot')).toMatchObject([{ weight: 'advice' }]);
    expect(of('own-limit')[0]?.remedy).toEqual(['ALTER ROLE "guard" CONNECTION LIMIT 5;']);
    expect(of('transaction-timeout')[0]?.remedy).toContain(
      'ALTER ROLE "app" SET idle_in_transaction_session_timeout = \'5min\';',
    );
    expect(of('limits').map(({ text }) => text)).toEqual([
      expect.stringContaining('no CONNECTION LIMIT for watcher'),
      expect.stringContaining('add up to 18, more than the 17 usable slots'),
    ]);
    expect(of('limits').flatMap(({ remedy }) => remedy)).toEqual([]);
    expect(of('pooler')).toMatchObject([{ weight: 'good' }]);
  });

  test('a role that sees nothing cannot be a guard: exit code 2', async () => {
    const { code, of } = await findings(app);
    expect(code).toBe(2);
    expect(of('visibility')).toMatchObject([{ weight: 'problem', remedy: ['GRANT pg_monitor TO "app";'] }]);
  });

  test('what it says to do makes the finding good', async () => {
    const { of } = await findings(guard);
    const topics = ['own-limit', 'transaction-timeout'];
    // Before 14 there is no idle_session_timeout: the remedy is an upgrade.
    if (server.major >= 14) topics.push('idle-timeout');
    for (const { remedy } of topics.flatMap(of)) for (const sql of remedy) await server.query(sql);
    const after = await findings(guard);
    const left = topics.flatMap(after.of).filter(({ weight }) => weight !== 'good');
    expect(left).toEqual([]);
    for (const role of ['guard', 'watcher']) {
      await server.query(`ALTER ROLE ${role} CONNECTION LIMIT -1; ALTER ROLE ${role} RESET ALL`);
    }
    await server.query('ALTER ROLE app CONNECTION LIMIT 18; ALTER ROLE app RESET ALL');
  });

  test('a full server that kept no slot is the finding, exit code 2', async () => {
    await open(17);
    const { code, of } = await findings(guard, impatient(asGuard()));
    expect(code).toBe(2);
    expect(of('reserved-slot')).toMatchObject([{ weight: 'problem' }]);
  });
});

describe('setup-sql', () => {
  test('makes a role that the other commands work with; twice does no harm', async () => {
    const { code, out } = await runCommand(['setup-sql', '--user', 'new "guard"', '--terminate'], {});
    expect(code).toBe(0);
    await server.query(out);
    await server.query(out);
    await server.query(`ALTER ROLE "new ""guard""" PASSWORD 'x'`);
    const env = environmentFor(server, { user: 'new "guard"', password: 'x' });
    await open(1);
    expect((await runCommand(['check'], env)).code).toBe(0);
    expect((await runCommand(['terminate', '--idle-for', '0s', '--yes'], env)).out).toContain('1 ended');
    await server.query('DROP ROLE "new ""guard"""');
  });
});
