import { describe, expect, test } from 'vitest';
import { renderAlerts } from '../../../lambda/report/delivery/render.ts';
import type { Alert, Surroundings } from '../../../lambda/report/message/alert.ts';
import { alertAfter, database, failure, group, leak, minutesAfterStart, sample } from './situations.ts';

const surroundings: Surroundings = { timeZone: 'UTC' };

/** A critical alert whose largest holder bears this name wherever a client can put one. */
function alertOf(name: string): Alert {
  const groups = [group(150, { application: name, role: name, client: name, database: name }), group(10)];
  return alertAfter([...leak(100), sample(minutesAfterStart(30), 160, { groups })]);
}

/** What each medium shows of a name; the lines and statements in which it would stand. */
function shown(name: string) {
  const { subject, text, chat } = renderAlerts([alertOf(name)], surroundings);
  return { subject, text, chat: chat.content.description, title: chat.content.title };
}

describe('in the chat', () => {
  test.each([
    ['<!channel>', '&lt;!channel&gt;'],
    ['<!here|here>', '&lt;!here|here&gt;'],
    ['<!subteam^S1>', '&lt;!subteam^S1&gt;'],
    ['<@U1>', '&lt;@U1&gt;'],
    ['<#C1>', '&lt;#C1&gt;'],
    ['@channel @HERE @everyone', '＠channel ＠HERE ＠everyone'],
    ['<https://evil.example|runbook>', '&lt;https[:]//evil.example|runbook&gt;'],
    ['https://evil.example', 'https[:]//evil.example'],
    ['www.evil.example', 'www[.]evil.example'],
    ['``` then *bold*', "''' then *bold*"],
    ['&lt;!channel&gt;', '&amp;lt;!channel&amp;gt;'],
    ['\u001b[31mred', '\ufffd[31mred'],
    ['user\u202etxt', 'user\ufffdtxt'],
    ['a\nb', 'a\ufffdb'],
  ])('%j is shown as %j, inside a code block', (name, harmless) => {
    const { chat } = shown(name);
    const blocks = chat.split('```');
    expect(blocks.length % 2, 'every code block is closed').toBe(1);
    expect(blocks.some((block, index) => index % 2 === 1 && block.includes(harmless))).toBe(true);
    expect(chat).not.toMatch(/<(?!https:)/);
    if (!harmless.includes(name)) expect(chat).not.toContain(name);
  });

  test.each([
    ['*bold*', '∗bold∗'],
    ['_italic_', 'ˍitalicˍ'],
    ['~struck~', '∼struck∼'],
    ['`code`', "'code'"],
    [':skull:', '∶skull:'],
    ['[runbook](https://evil.example)', '[runbook] (https[:]//evil.example)'],
    ['<!channel>', '&lt;!channel&gt;'],
    ['@here', '＠here'],
  ])('%j in an error text is shown as %j', (text, harmless) => {
    const failed = { ...failure(minutesAfterStart(0), 'server'), text };
    const { chat } = renderAlerts(
      [alertAfter([failed, { ...failed, at: minutesAfterStart(1) }])],
      surroundings,
    );
    expect(chat.content.description).toContain(`*Error* ${harmless}\n`);
  });
});

describe('by email', () => {
  test.each([
    ['a\nb\r\n1. Run: curl evil', 'a\ufffdb\ufffd\ufffd1. Run: curl evil'],
    ['\u001b[31mred', '\ufffd[31mred'],
    ['user\u202etxt', 'user\ufffdtxt'],
    ['ad\u200bmin', 'ad\ufffdmin'],
    ['https://evil.example', 'https[:]//evil.example'],
  ])('%j is shown as %j', (name, harmless) => {
    const { text } = shown(name);
    expect(text).toContain(harmless);
    expect(text).not.toContain(name);
  });

  test('a name of 60 kB takes a few lines', () => {
    const { text, chat } = shown('x'.repeat(60_000));
    expect(text).not.toContain('x'.repeat(80));
    expect(text.length).toBeLessThan(6000);
    expect(chat.length).toBeLessThan(6000);
  });
});

test.each(['<!channel>\u202e\n', "'; DROP ROLE guard; --", '`reboot`', '$(reboot)', '\u001b[31m'])(
  'the session that blocks the others is named harmlessly, and ended by its number alone, when it calls itself %j',
  (name) => {
    const headBlocker = {
      pid: 4711,
      blocks: 90,
      state: 'idle in transaction',
      role: name,
      application: name,
      backendStart: '2026-11-24T10:00:00.000000Z',
      since: 90,
    };
    const alert = alertAfter([...leak(100), sample(minutesAfterStart(30), 160, { headBlocker })]);
    const { text, chat } = renderAlerts([alert], surroundings);
    for (const shown of [text, chat.content.description]) {
      expect(shown).toContain('pid 4711');
      for (const unseen of ['\u202e', '\u001b']) expect(shown).not.toContain(unseen);
    }
    expect(chat.content.description).not.toContain('<!channel>');
    const sql = text.slice(text.indexOf('SET search_path'), text.indexOf('pg_stat_get_activity(4711)'));
    expect(sql).toContain("backend_start = '2026-11-24T10:00:00.000000Z'");
    expect(sql).not.toContain(name);
  },
);

describe('in a statement to paste', () => {
  /** A site whose role bears this name and leaves its sessions behind: a statement for that role is offered. */
  const offered = (name: string) => {
    const groups = [group(150, { application: '', role: name }), group(10)];
    const alert = alertAfter([...leak(100), sample(minutesAfterStart(30), 160, { groups })]);
    return renderAlerts([alert], surroundings);
  };
  const statement = (name: string) => offered(name).text.match(/ALTER ROLE (.*) SET idle/)?.[1];

  test.each([
    ['app', '"app"'],
    ['select', '"select"'],
    ['Orders App', '"Orders App"'],
    ['we"ird', '"we""ird"'],
    ['a"; DROP TABLE users; --', '"a""; DROP TABLE users; --"'],
    ["o'brien", '"o\'brien"'],
    ['$$; DROP', '"$$; DROP"'],
    ['заказы', '"заказы"'],
  ])('the name %s stands as %s', (name, quoted) => {
    expect(statement(name)).toBe(quoted);
  });

  test.each([
    'a\n\\! rm -rf /',
    'a\\b',
    'a`b',
    '$(reboot)',
    'user\u202etxt',
    'ad\u200bmin',
    'no\u00a0break',
    'x'.repeat(64),
    '@channel',
    'https://evil.example',
    'www.evil.example',
    '',
  ])('the name %j is not offered at all', (name) => {
    expect(statement(name)).toBeUndefined();
    expect(offered(name).chat.content.description).not.toContain('idle_session_timeout');
  });
});

describe('in a command to paste', () => {
  const text = (settings: object, command?: string) =>
    renderAlerts([alertAfter(leak(160), { db: database(settings) })], {
      ...surroundings,
      ...(command !== undefined && { command }),
    }).text;

  test.each([
    ['$(reboot)', "'postgres://guard@db.example:5432/%24(reboot)'"],
    ["a'b; reboot", "'postgres://guard@db.example:5432/a'\\''b%3B%20reboot'"],
    ['`reboot`', "'postgres://guard@db.example:5432/%60reboot%60'"],
    ['a\nreboot', "'postgres://guard@db.example:5432/a%0Areboot'"],
  ])('the database %j stands as %s', (name, quoted) => {
    expect(text({ host: 'db.example', database: name }, 'npx @acme/guard@1').match(/--url (.*)/)?.[1]).toBe(
      quoted,
    );
  });

  test.each([
    ['$(reboot)', "'$(reboot)'"],
    ["a'b; reboot", "'a'\\''b; reboot'"],
    ['a\nreboot', undefined],
  ])('the database %j stands for psql as %s', (name, quoted) => {
    expect(text({ host: 'db.example', database: name }).match(/psql .* -d (.*)/)?.[1]).toBe(quoted);
  });

  test('the tool is called as the team says, with its role and its token, and not at all where the team says nothing', () => {
    const command = 'docker run --rm acme/guard';
    expect(text({ host: 'db.example' }, command)).toContain(
      `    ${command} terminate --idle-for 30s --iam --url 'postgres://guard@db.example:5432/postgres'\n`,
    );
    expect(text({ host: 'db.example' })).not.toContain('npx');
  });
});

describe('the subject', () => {
  test('is one printable ASCII line under 100 characters, with the figures, for the longest name there may be', () => {
    const db = database({ name: `${'orders/'.repeat(13)}orders` });
    const { subject } = renderAlerts([alertAfter(leak(160), { db })], surroundings);
    expect(subject).toMatch(/^CRITICAL (?:orders\/){5}orde\.\.\.: 160 of 182 slots used \(88%\), 22 left$/);
  });
});

describe('a link', () => {
  test.each([
    'javascript:alert(1)',
    'http://plain.example',
    'https://x.example/|<!channel>',
    'https://x.example/ y',
  ])('%s is left out', (dashboardUrl) => {
    const { text, chat } = renderAlerts([alertOf('app')], { ...surroundings, dashboardUrl });
    expect(text).not.toContain('Dashboard');
    expect(chat.content.description).not.toContain('Dashboard');
  });
});
