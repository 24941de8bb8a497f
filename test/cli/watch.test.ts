import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Context, LiveTerminal } from '../../cli/context.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import { createMonitor, createRole, type Login } from '../../local/postgres/roles.ts';
import { type PostgresServer, startPostgres } from '../../local/postgres/server.ts';
import { environmentFor, runCommand } from './support.ts';

let server: PostgresServer;
let guard: Login;
let app: Login;
let clients: Client[] = [];

beforeAll(async () => {
  server = await startPostgres({ maxConnections: 20 });
  guard = await createMonitor(server, { canSignal: true });
  app = await createRole(server);
});
afterAll(() => server.stop());
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end().catch(() => {})));
  clients = [];
});

async function open(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const client = new Client({ host: server.host, port: server.port, database: 'postgres', ...app });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
  }
}

/** Runs watch, hands each line to `step` with what was seen so far, and stops it when that returns true. */
async function watch(
  argv: readonly string[],
  step: (line: string, lines: readonly string[]) => boolean | Promise<boolean>,
  world: Partial<Context> = {},
) {
  const stop = new AbortController();
  const lines: string[] = [];
  const out = (line: string) => {
    lines.push(line);
    Promise.resolve(step(line, lines)).then(
      (enough) => enough && stop.abort(),
      (error: unknown) => stop.abort(error),
    );
  };
  const run = await runCommand(['watch', '--interval', '100ms', ...argv], environmentFor(server, guard), {
    out,
    signal: stop.signal,
    ...world,
  });
  return { ...run, lines };
}

describe('watch in a pipe', () => {
  test('prints a line for each sample until it is stopped, and appends each to the metrics file', async () => {
    await open(3);
    const directory = await mkdtemp(join(tmpdir(), 'watch-'));
    const file = join(directory, 'metrics.jsonl');
    const { code, lines, err } = await watch(['--metrics-file', file], (_line, all) => all.length === 3);
    const metrics = (await readFile(file, 'utf8')).trimEnd().split('\n');
    await rm(directory, { recursive: true });
    expect(code).toBe(0);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z OK 127\.0\.0\.1: 3\/17 used \(18%\), idle 3 longest \d+ s$/,
    );
    expect(err).toMatch(
      /^3 samples in \d+ s; at most 3 of 17 slots used \(18%\) at [\d:]+ UTC; 0 messages; 0 sessions ended$/,
    );
    expect(metrics.map((line) => JSON.parse(line))).toMatchObject(
      Array.from({ length: 3 }, () => ({ level: 'ok', heldLevel: 'ok', used: 3, usable: 17, ended: 0 })),
    );
  });

  test('tells alerts, and ends stale sessions when told to, until the slots suffice', async () => {
    await open(15);
    const { lines, err } = await watch(
      ['--terminate', '--idle-for', '1s', '--used-once-for', '1s', '--idle-for-at-full', '1s'],
      (line) => line.includes(' 11/17 used'),
    );
    expect(lines.some((line) => line.endsWith('alert: CRITICAL: 15 of 17 slots used (88%), 2 left'))).toBe(
      true,
    );
    expect(lines.some((line) => /reclaim: of \d+ stale: \d ended$/.test(line))).toBe(true);
    // Warning begins at 12 of 17.
    expect(err).toMatch(/; \d messages?; 4 sessions ended$/);
  });

  test('ends none without --terminate', async () => {
    await open(15);
    await watch(
      ['--dry-run', '--idle-for', '1s', '--used-once-for', '1s', '--idle-for-at-full', '1s'],
      (line) => line.includes('would have been ended'),
    );
    const run = await runCommand(['sessions', '--json', '--limit', '99'], environmentFor(server, guard));
    expect(JSON.parse(run.out)).toHaveLength(15);
  });

  test('keeps its session while the server fills up, and goes on when it is cut off and the server does not answer', async () => {
    // It is told of a server that has been silent for 25 s: the clock is put forward by more than that.
    let ahead = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + ahead };
    const step = async (line: string, all: readonly string[]) => {
      const isFull = (each: string) => each.includes(' FULL 127.0.0.1: 16/17 used');
      if (all.length === 1) await open(16);
      if (isFull(line) && all.filter(isFull).length === 2) {
        server.pause();
        await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guard'");
      }
      if (line.includes(' UNKNOWN ')) ahead = 30_000;
      if (line.includes('alert: UNREACHABLE')) {
        await Promise.all(clients.map((client) => client.end()));
        server.resume();
      }
      return line.includes('alert: REACHABLE');
    };
    const { lines, code } = await watch(['--timeout', '1s'], step, { clock });
    expect(code).toBe(0);
    expect(lines.some((line) => / UNKNOWN 127\.0\.0\.1: no answer in time/.test(line))).toBe(true);
    expect(lines.filter((line) => / FULL 127\.0\.0\.1: \d+\/17 used/.test(line)).length).toBeGreaterThan(1);
  });

  test('goes on after a crash of the server', async () => {
    let crashed = false;
    const { code, lines } = await watch([], async (_line, all) => {
      if (all.length === 2) {
        await server.restart('immediate');
        crashed = true;
      }
      return crashed && all.filter((line) => line.includes(' OK ')).length >= 4;
    });
    expect(code).toBe(0);
    expect(lines.at(-1)).toContain(' OK 127.0.0.1: 0/17 used');
  });
});

describe('watch in a terminal', () => {
  test('draws in the alternate screen, fits each picture to it, and gives it back as it was', async () => {
    await open(13);
    const stop = new AbortController();
    let written = '';
    const terminal: LiveTerminal = {
      size: () => ({ columns: 90, rows: 24 }),
      write: (text) => {
        written += text;
        if (written.split('\u001b[H').length > 3) stop.abort();
      },
      onResize: () => () => {},
      onKey: () => () => {},
    };
    const { code } = await watch([], () => false, { terminal, signal: stop.signal });
    expect(code).toBe(0);
    expect(written.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(written.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    const picture = written.split('\u001b[H').findLast((part) => part.includes('\r\n')) ?? '';
    expect(picture.split('\r\n').length).toBeLessThanOrEqual(24);
    expect(picture).toContain('WARNING 127.0.0.1 for');
    expect(picture).toContain('13 of 17 usable slots used (76%), 4 left');
  });
});

describe('a person at the keys', () => {
  test('lists the sessions, ends the one selected after a question, and leaves with q', async () => {
    await open(3);
    const seen: string[] = [];
    let key: (sequence: string, name?: string) => void = () => {};
    /** What to press once the screen shows each of these. */
    const steps: [string, () => void][] = [
      ['idle 3', () => key('', 'down')],
      ['> ', () => key('k')],
      ['? y/n', () => key('y')],
      [': ended', () => key('q')],
    ];
    const terminal: LiveTerminal = {
      size: () => ({ columns: 100, rows: 40 }),
      write: (text) => {
        seen.push(text);
        const [next] = steps;
        if (next !== undefined && text.includes(next[0])) {
          steps.shift();
          setImmediate(next[1]);
        }
      },
      onResize: () => () => {},
      onKey: (callback) => {
        key = (sequence, name) => callback({ sequence, name });
        return () => {};
      },
    };
    const { code, err } = await watch([], () => false, { terminal });
    expect(code).toBe(0);
    expect(err).toMatch(/; 1 session ended$/);
    const left = await runCommand(['sessions', '--json'], environmentFor(server, guard));
    expect(JSON.parse(left.out)).toHaveLength(2);
  });
});

describe('--notify', () => {
  test('gives the command each message once, as JSON on its standard input', async () => {
    await open(13);
    const directory = await mkdtemp(join(tmpdir(), 'notify-'));
    const file = join(directory, 'messages');
    await watch(
      ['--notify', `cat >> ${file}`],
      (_line, all) => all.filter((line) => line.includes('/17 used')).length === 3,
    );
    const messages = (await readFile(file, 'utf8')).trimEnd().split('\n');
    await rm(directory, { recursive: true });
    expect(messages).toHaveLength(1);
    expect(JSON.parse(messages[0] ?? '')).toMatchObject({
      database: '127.0.0.1',
      kind: 'level',
      level: 'warning',
      used: 13,
      usable: 17,
      left: 4,
      subject: expect.stringMatching(/^WARNING 127\.0\.0\.1: 13 of 17 slots used/),
      text: expect.stringMatching(/^13 of 13 sessions are app from 127\.0\.0\.1\./),
    });
  });

  test('that fails is told, and keeps the message for another attempt', async () => {
    await open(13);
    const { lines } = await watch(
      ['--notify', 'echo no mail here >&2; exit 3'],
      (_line, all) => all.filter((line) => line.includes('/17 used')).length === 3,
    );
    expect(lines.filter((line) => line.includes(' alert: WARNING'))).toHaveLength(1);
    expect(lines.filter((line) => line.endsWith('fault: --notify exited with 3: no mail here'))).toHaveLength(
      1,
    );
  });
});
