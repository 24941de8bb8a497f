import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAILURE_CLASSES, LIMITS, type Observation } from '../../../lambda/model/observation.ts';
import { SESSION_STATES } from '../../../lambda/model/sampled-session.ts';
import {
  MAX_CHAT_DESCRIPTION,
  MAX_CHAT_SUMMARY,
  MAX_CHAT_TITLE,
} from '../../../lambda/report/delivery/limits.ts';
import { type RenderedAlert, renderAlerts } from '../../../lambda/report/delivery/render.ts';
import { snsMessage } from '../../../lambda/report/delivery/sns-body.ts';
import type { Alert } from '../../../lambda/report/message/alert.ts';
import { columnsOf } from '../../../lambda/report/message/columns.ts';
import {
  alertAfter,
  chosen,
  database,
  failure,
  leak,
  minutesAfterStart,
  pausedPool,
  reclamation,
  refusal,
  sample,
} from './situations.ts';

/** What a hostile client may call itself: any text, the markup of every medium, and very long. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          '<!channel>',
          '<@U1>',
          '<https://e.vil|x>',
          '```',
          '`',
          '*',
          '_',
          '~',
          '@here',
          '&',
          '<',
          '>',
          '\n',
          '\r',
        ],
        ...[
          '\u001b[31m',
          '\u202e',
          '\u200b',
          '\0',
          '"',
          "'",
          '\\',
          '$$',
          '](',
          ':x:',
          '漢',
          '🐘',
          '\ud800',
          ' ',
        ],
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('x'.repeat(60_000), '<'.repeat(60_000), '漢'.repeat(60_000)),
);

const group = fc.record({
  database: fc.option(nasty),
  role: fc.option(nasty),
  application: nasty,
  client: fc.option(nasty),
  state: fc.constantFrom(...SESSION_STATES),
  count: fc.integer({ min: 1, max: 5000 }),
  oldestStateAge: fc.option(fc.double({ min: -10, max: 1e9, noNaN: true })),
  oldestTransactionAge: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
  returning: fc.integer({ min: 0, max: 5000 }),
  usedOnce: fc.integer({ min: 0, max: 5000 }),
  waiting: fc.integer({ min: 0, max: 5000 }),
  opened: fc.integer({ min: 0, max: 5000 }),
});

const last: fc.Arbitrary<Observation> = fc.oneof(
  fc
    .tuple(fc.array(group, { maxLength: 30 }), fc.integer({ min: 155, max: 5000 }))
    .map(([groups, used]) => sample(minutesAfterStart(31), used, { groups })),
  fc
    .tuple(fc.constantFrom(...LIMITS), nasty)
    .map(([limit, text]) => ({ ...refusal(minutesAfterStart(31), limit), text })),
  fc
    .tuple(fc.constantFrom(...FAILURE_CLASSES), nasty, fc.option(nasty))
    .map(([kind, text, code]) => ({ ...failure(minutesAfterStart(31), kind), text, code })),
);

const pass = fc.record({ name: nasty, failure: fc.option(nasty) }).map(({ name, failure: text }) =>
  reclamation({
    chosen: chosen(3, 'ended').map((session) => ({
      ...session,
      role: name,
      application: name,
      client: name,
    })),
    pausedPools: [pausedPool({ role: name, database: name, application: name, before: 3 })],
    failure: text,
  }),
);

const anyAlert: fc.Arbitrary<Alert> = fc
  .record({
    last,
    pass: fc.option(pass),
    host: fc.constantFrom('db.example', '2001:db8::1'),
    database: nasty,
  })
  .map(({ last: observation, pass: reclaimed, host, database: name }) => {
    const db = { ...database({ host }), database: name };
    const first = failure(minutesAfterStart(30), 'network');
    return alertAfter([...leak(100), first, observation], {
      db,
      ...(reclaimed ? { reclamation: reclaimed } : {}),
    });
  });

const surroundings = { timeZone: 'America/St_Johns', dashboardUrl: 'https://dash.example/#a=b' };

/** Checks a rendering of every alert there may be. */
function always(check: (rendered: RenderedAlert) => void) {
  fc.assert(
    fc.property(anyAlert, (alert) => {
      check(renderAlerts([alert], surroundings));
    }),
    { numRuns: 250 },
  );
}

/** A line no wider than 72 columns, or one to paste: these stand at four columns, or six where they go on. */
function fits(line: string): boolean {
  return columnsOf(line) <= 72 || /^ {4}(?: {2})?[^ ]/.test(line);
}

describe('whatever comes in', () => {
  test('the subject is one ASCII line under 100 characters', () => {
    always(({ subject }) => expect(subject).toMatch(/^[ -~]{1,99}$/));
  });

  test('the email holds no control character, and keeps to 72 columns but for what is pasted', () => {
    always(({ text }) => {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(text.split('\n').filter((line) => !fits(line))).toEqual([]);
    });
  });

  test('the chat message keeps its limits, has no markup but ours, and closes its code blocks', () => {
    always(({ chat }) => {
      const { title, description } = chat.content;
      expect(title.length).toBeLessThanOrEqual(MAX_CHAT_TITLE);
      expect(description.length).toBeLessThanOrEqual(MAX_CHAT_DESCRIPTION);
      expect(chat.metadata.summary.length).toBeLessThanOrEqual(MAX_CHAT_SUMMARY);
      const withoutOurs = description.replace('<https://dash.example/#a=b|Dashboard>', '');
      expect(withoutOurs).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      expect(description.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(description).not.toMatch(/@(?:channel|here|everyone)/i);
      expect(description.split('```').length % 2).toBe(1);
      expect(description.replaceAll('```', '')).not.toContain('`');
    });
  });

  test('one Publish is under 256 KB and carries both forms', () => {
    always((rendered) => {
      const message = snsMessage(rendered);
      expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
      const bodies: unknown = JSON.parse(message);
      expect(bodies).toMatchObject({ email: rendered.text, sms: rendered.subject });
    });
  });
});

describe('snsMessage', () => {
  test('cuts what would not fit, at the end, and stays what it is', () => {
    const rendered = renderAlerts([alertAfter(leak(160))], surroundings);
    const huge = { ...rendered, text: `begin${'\u0001漢🐘'.repeat(200_000)}` };
    const message = snsMessage(huge);
    expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
    expect(Buffer.byteLength(message)).toBeGreaterThan(64 * 1024);
    const bodies = JSON.parse(message) as Record<string, string>;
    expect(bodies['email']?.startsWith('begin')).toBe(true);
    expect(JSON.parse(bodies['https'] ?? '')).toEqual(rendered.chat);
  });
});

describe('the rendering', () => {
  test('names level, database and kind for filters, and the thread of the incident', () => {
    const alert = alertAfter(leak(160));
    const rendered = renderAlerts([alert], surroundings);
    expect(rendered.attributes).toEqual({ database: ['orders'], level: 'critical', kind: 'level' });
    expect(rendered.chat.metadata.threadId).toBe(alert.notification.threadId);
  });

  test('links to the section about this message where the documents are published', () => {
    const docsUrl = 'https://docs.example/alerts.html';
    const links = (alert: Alert) =>
      renderAlerts([alert], { ...surroundings, docsUrl }).text.match(/https:\/\/docs\.example\S+/g);
    const unreachable = [failure(minutesAfterStart(0), 'dns'), failure(minutesAfterStart(1), 'dns')];
    expect(links(alertAfter(leak(160)))).toEqual([`${docsUrl}#critical`]);
    expect(links(alertAfter(unreachable))).toEqual([`${docsUrl}#unreachable-dns`]);
    expect(renderAlerts([alertAfter(leak(160))], surroundings).text).not.toContain('About this message');
  });

  test('says so where ending idle sessions cannot clear the level', () => {
    const db = database({ reclaim: { mode: 'terminate' } });
    const text = (idleIsCause: boolean) =>
      renderAlerts([alertAfter(leak(160), { db, reclamation: reclamation({ idleIsCause }) })], surroundings)
        .text;
    expect(text(false)).toMatch(/Sessions at work hold the level by themselves/);
    expect(text(true)).not.toContain('Sessions at work hold');
  });

  test('puts an IPv6 address in brackets where a port follows', () => {
    const failed = [failure(minutesAfterStart(0), 'tls'), failure(minutesAfterStart(1), 'tls')];
    const { text } = renderAlerts(
      [alertAfter(failed, { db: database({ host: '2001:db8::1' }) })],
      surroundings,
    );
    expect(text).toContain(`-connect '[2001:db8::1]:5432'`);
    expect(text).toMatch(/^Server +\[2001:db8::1\]:5432$/m);
  });

  test('of more sessions than are usable says why there are', () => {
    const text = (used: number) => renderAlerts([alertAfter(leak(used))], surroundings).text;
    expect(text(184)).toContain('184 of 182 usable slots used (101%)');
    expect(text(184)).toMatch(/2\s+sessions\s+more\s+than\s+usable:/);
    expect(text(182)).not.toContain('more than usable');
  });

  test("tells times in the team's zone, with its offset", () => {
    const { text } = renderAlerts([alertAfter(leak(160))], { timeZone: 'Europe/Berlin' });
    expect(text).toContain('critical since 2026-11-23 21:29:30 UTC+01:00');
    expect(text).not.toMatch(/20:29:30/);
  });

  test('of several alerts names each database with its figures, and explains the first', () => {
    const alerts = ['orders', 'billing', 'stock'].map((name) =>
      alertAfter([failure(minutesAfterStart(0), 'dns'), failure(minutesAfterStart(1), 'dns')], {
        db: database({ name }),
      }),
    );
    const { subject, text, chat, attributes } = renderAlerts(alerts, surroundings);
    expect(subject).toBe('UNREACHABLE 3 databases: the host name does not resolve');
    expect(text).toMatch(/^- orders: .*\n(.*\n)*- billing: .*\n(.*\n)*- stock: /m);
    expect(text).toContain('getaddrinfo ENOTFOUND');
    expect(attributes.database).toEqual(['orders', 'billing', 'stock']);
    const threads = alerts.map(({ notification }) => notification.threadId);
    expect(threads).not.toContain(chat.metadata.threadId);
  });

  test('of very many alerts stays small, and says how many it does not name', () => {
    const alerts = Array.from({ length: 500 }, (_, index) =>
      alertAfter([failure(minutesAfterStart(0), 'dns'), failure(minutesAfterStart(1), 'dns')], {
        db: database({ name: `database-${index}` }),
      }),
    );
    const { text, attributes } = renderAlerts(alerts, surroundings);
    expect(text).toContain('and 440 more');
    expect(text.length).toBeLessThan(20_000);
    expect(attributes.database).toHaveLength(500);
  });
});

test('a message soon after a failover that RDS told of says so, and none later', () => {
  const alert = alertAfter(leak(160));
  const said = (secondsAgo: number) => {
    const discovered = { resourceId: 'db-A', failoverAt: alert.at - secondsAgo * 1000 };
    const rendered = renderAlerts([{ ...alert, database: { ...alert.database, discovered } }], {
      timeZone: 'UTC',
    });
    return rendered.text;
  };
  expect(said(40)).toMatch(/^Failover +40 s ago$/m);
  expect(said(3600)).not.toContain('Failover');
  expect(renderAlerts([alert], { timeZone: 'UTC' }).text).not.toContain('Failover');
});
