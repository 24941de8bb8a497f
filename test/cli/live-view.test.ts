import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { judge } from '../../cli/judged.ts';
import { styleFor } from '../../cli/terminal/style.ts';
import { widthOf } from '../../cli/terminal/width.ts';
import { renderCheck } from '../../cli/view/check.ts';
import type { Frame } from '../../cli/watch/frame.ts';
import { renderFrame } from '../../cli/watch/live-view.ts';
import { plainLine } from '../../cli/watch/plain-view.ts';
import { INITIAL_UI, type Ui } from '../../cli/watch/ui.ts';
import { databaseSchema } from '../../lambda/config/database.ts';
import { LEVELS } from '../../lambda/model/level.ts';
import type { Observation } from '../../lambda/model/observation.ts';
import { SESSION_STATES } from '../../lambda/model/sampled-session.ts';
import type { SessionRow } from '../../lambda/reclaim/list-sessions.ts';

const database = v.parse(databaseSchema, {
  name: 'orders',
  host: 'db.example',
  login: { iam: { user: 'guard' } },
});

/** What whoever can log in may call himself. */
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\u001b[31mred',
    '\u001b]0;title\u0007',
    'a\nb',
    '\u202egnp',
    '漢字',
    '🧨'.repeat(40),
    'a| used=0',
    'x'.repeat(60_000),
  ),
);
const age = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
const count = fc.integer({ min: 1, max: 5000 });

const server = fc.record({
  versionNum: fc.constantFrom(120_022, 180_004),
  isReplica: fc.boolean(),
  startedAt: fc.constant('then'),
  canSignal: fc.boolean(),
  role: name,
});
const group = fc.record({
  database: fc.option(name),
  role: fc.option(name),
  application: name,
  client: fc.option(fc.ipV6()),
  state: fc.constantFrom(...SESSION_STATES),
  count,
  oldestStateAge: age,
  oldestTransactionAge: age,
  returning: count,
  usedOnce: count,
  waiting: count,
  opened: count,
});
const capacity = fc.record({
  maxConnections: count,
  superuserReserved: fc.integer({ min: 0, max: 10 }),
  reserved: fc.integer({ min: 0, max: 10 }),
  rdsSuperuserReserved: fc.constant(0),
  rdsReserved: fc.integer({ min: 0, max: 4 }),
});
const taken = { at: fc.constant(1_800_000_000_000), took: fc.constant(5) };

const observation: fc.Arbitrary<Observation> = fc.oneof(
  fc.record({
    kind: fc.constant('sample' as const),
    ...taken,
    capacity,
    server,
    used: fc.integer({ min: 0, max: 6000 }),
    groups: fc.array(group, { maxLength: 30 }),
    limits: fc.array(
      fc.record({
        kind: fc.constantFrom('role' as const, 'database' as const),
        name,
        limit: count,
        used: count,
      }),
      { maxLength: 5 },
    ),
    sessions: fc.constant(null),
  }),
  fc.record({ kind: fc.constant('partial' as const), ...taken, capacity, server }),
  fc.record({
    kind: fc.constant('refused' as const),
    ...taken,
    limit: fc.constantFrom('all-slots' as const, 'role-limit' as const),
    attempts: count,
    text: name,
  }),
  fc.record({
    kind: fc.constant('failed' as const),
    ...taken,
    class: fc.constantFrom('tls' as const, 'server' as const),
    code: fc.option(name),
    text: name,
  }),
);

/** A row of the list of sessions. */
const row: fc.Arbitrary<SessionRow> = fc.record({
  pid: fc.integer({ min: 1, max: 4_000_000 }),
  role: fc.option(name),
  database: fc.option(name),
  application: name,
  client: fc.option(fc.ipV6()),
  backendStart: fc.constant('then'),
  stateChange: fc.constant('then'),
  state: fc.constantFrom(...SESSION_STATES),
  idleFor: fc.nat(1e6),
  startedFor: fc.nat(1e6),
  superuser: fc.boolean(),
  replication: fc.boolean(),
  ours: fc.boolean(),
  listens: fc.boolean(),
  advisoryLock: fc.boolean(),
  whole: fc.boolean(),
});

/** What a person may have pressed before. */
const ui: fc.Arbitrary<Ui> = fc.record({
  panel: fc.constantFrom('holders' as const, 'sessions' as const),
  sort: fc.integer({ min: 0, max: 2 }),
  filter: fc.string(),
  typing: fc.boolean(),
  paused: fc.boolean(),
  help: fc.boolean(),
  selected: fc.nat(10),
  asking: fc.option(row),
  message: fc.constantFrom('', 'select a session with the arrows first'),
});

const frame: fc.Arbitrary<Frame> = fc.record({
  judged: observation.map((each) => judge({ database, hasSecret: true }, each)),
  last: observation.map((each) =>
    each.kind === 'sample' ? { judged: judge({ database, hasSecret: true }, each), sample: each } : null,
  ),
  level: fc.constantFrom(...LEVELS),
  since: fc.constant(1_799_999_000_000),
  points: fc.array(
    fc.record({
      at: fc.integer({ min: 1_799_990_000_000, max: 1_800_000_000_000 }),
      used: fc.option(count),
      level: fc.option(fc.constantFrom(...LEVELS)),
    }),
    {
      maxLength: 300,
    },
  ),
  events: fc.array(
    fc.record({
      at: fc.constant(1_800_000_000_000),
      kind: fc.constantFrom('alert' as const, 'reclaim' as const),
      text: fc.string({ unit: fc.constantFrom('a', ' ', '漢') }),
    }),
    { maxLength: 30 },
  ),
  mode: fc.constantFrom('off' as const, 'dry-run' as const, 'terminate' as const),
  ended: count,
  finished: fc.constantFrom([], ['12 used once and idle for over 5 s: of the last 70 such, none came back']),
  wouldEnd: count,
  nextSampleAt: fc.constant(1_800_000_005_000),
});

const withoutColour = (line: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins a style
  line.replace(/\u001b\[\d+m/g, '');

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('whatever a server says', () => {
  test('the live picture fits the terminal and holds no control character of others', () => {
    fc.assert(
      fc.property(
        frame,
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 5, max: 60 }),
        ui,
        fc.array(row, { maxLength: 20 }),
        (each, width, rows, shown, sessions) => {
          const lines = renderFrame(each, shown, sessions, { style: styleFor(true), width }, rows);
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) {
            expect(widthOf(line)).toBeLessThanOrEqual(width);
            expect(withoutColour(line)).not.toMatch(UNSAFE);
          }
        },
      ),
    );
  });

  test('so do the lines of check and of watch in a pipe', () => {
    fc.assert(
      fc.property(frame, (each) => {
        const lines = renderCheck(each.judged, [], 'terminate', { style: styleFor(true), width: null });
        for (const line of [...lines.map(withoutColour), plainLine(each)]) expect(line).not.toMatch(UNSAFE);
        // What stands behind it is performance data to a monitoring system.
        const bars = lines.join('').split('|').length - 1;
        expect(bars).toBe(each.judged.observation.kind === 'sample' ? 1 : 0);
      }),
    );
  });
});

function tight(): Frame {
  const sample: Observation = {
    kind: 'sample',
    at: Date.UTC(2026, 10, 23, 21, 3, 12),
    took: 4,
    capacity: {
      maxConnections: 191,
      superuserReserved: 3,
      reserved: 2,
      rdsSuperuserReserved: 0,
      rdsReserved: 4,
    },
    server: { versionNum: 170_010, isReplica: false, startedAt: 'then', canSignal: true, role: 'guard' },
    used: 146,
    groups: [
      {
        database: 'shop',
        role: 'web',
        application: '',
        client: '10.0.3.17',
        state: 'idle',
        count: 140,
        ...ages(310),
      },
      {
        database: 'shop',
        role: 'web',
        application: '',
        client: '10.0.3.18',
        state: 'active',
        count: 6,
        ...ages(1),
      },
    ],
    limits: [],
    sessions: null,
  };
  const judged = judge({ database, hasSecret: true }, sample);
  return {
    judged,
    last: { judged, sample },
    level: 'warning',
    since: sample.at - 90_000,
    points: [60, 80, 100, 120, 130, 146].map((used, index) => ({
      at: sample.at - (5 - index) * 30_000,
      used,
      level: used >= 128 ? 'warning' : 'ok',
    })),
    events: [
      { at: sample.at - 90_000, kind: 'alert', text: 'WARNING: 130 of 182 slots used (71%), 52 left' },
    ],
    finished: ['120 used once and idle for over 5 s: of the last 70 such, none came back'],
    mode: 'off',
    ended: 0,
    wouldEnd: 0,
    nextSampleAt: sample.at + 5000,
  };
}

test('the picture of a server at 80 %, as it is', () => {
  const lines = renderFrame(tight(), INITIAL_UI, [], { style: styleFor(false), width: 80 }, 24);
  expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    WARNING orders for 90 s  db.example:5432/postgres
    146 of 182 usable slots used (80%), 36 left

       usable 182 ┼┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈
     critical 155 ┼┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈▂▂▂▂▂▂▅▅▅▅▅▅█
                  │                                        ▂▂▂▂▂▂▆▆▆▆▆▆█████████████
                  │                                  ▅▅▅▅▅▅█████████████████████████
                  │                                  ███████████████████████████████
                                                                 ▲
                     ╵20:58      ╵20:59      ╵21:00      ╵21:01      ╵21:02
    [███▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒···············]
    idle 140 (longest 5 min), active 6 (longest 1 s)
    likely cause: Kept open after the request or task that used them. Django:
    CONN_MAX_AGE = 0. Celery: close_old_connections.
    finished, by the rules of reclaim: 120 used once and idle for over 5 s: of the
    last 70 such, none came back

    sessions  idle  longest idle  role  application  client
    --------  ----  ------------  ----  -----------  ---------
         140   140         5 min  web   (none)       10.0.3.17
           6     0             -  web   (none)       10.0.3.18

    21:01:42 WARNING: 130 of 182 slots used (71%), 52 left
    next 21:03:17 UTC; ends none  ? keys  q quit  ↑↓ list  k end  s sort  / filter …
    "
  `);
});

const ages = (seconds: number) => ({
  oldestStateAge: seconds,
  oldestTransactionAge: null,
  returning: 0,
  usedOnce: 0,
  waiting: 0,
  opened: 0,
});

test('a sample that failed greys all that the last one showed, and adds no colour of its own to it', () => {
  const failed: Observation = {
    kind: 'failed',
    at: tight().judged.observation.at + 10_000,
    took: 1,
    class: 'network',
    code: 'ECONNREFUSED',
    text: 'connect ECONNREFUSED',
  };
  const frame = { ...tight(), judged: judge({ database, hasSecret: true }, failed) };
  const style = styleFor(true);
  const lines = renderFrame(frame, INITIAL_UI, [], { style, width: 80 }, 40);
  const [from, to] = [lines.findIndex((line) => line.includes('usable 182')), lines.lastIndexOf('')];
  for (const line of lines.slice(from, to)) expect(line).toBe(style('dim', withoutColour(line)));
});

test('a line tells a level that is held from the one of its own figures', () => {
  const { judged, ...frame } = tight();
  const eased = { ...frame, judged: { ...judged, level: 'ok' as const } };
  expect(plainLine(eased)).toContain(' WARNING orders: 146/182 used (80%), now ok, ');
  expect(plainLine(tight())).not.toContain('now');
});
