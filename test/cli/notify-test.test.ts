import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LOCAL_TOPIC_ARN } from '../../local/aws/records.ts';
import { oneInstance } from '../infra/examples.ts';
import { useAws } from '../support/aws.ts';
import { runCommand } from './support.ts';

const arn = (name: string) => `arn:aws:sns:eu-central-1:123456789012:${name}`;
// CloudFormation calls it by stack, logical id and a suffix of its own.
const { Outputs } = JSON.parse(readFileSync('test/infra/__snapshots__/one-instance.json', 'utf8'));
const CREATED = arn(`RdsConnectionGuard-${Outputs.GuardWarningTopic.Value.Ref}-x1Y2z3`);
const PAGER = arn('pager');
// More than a page of topics comes before the one that is looked for.
const OTHERS = Array.from({ length: 120 }, (_, index) => arn(`other-${index}`));

const aws = useAws({ topics: [LOCAL_TOPIC_ARN, ...OTHERS, PAGER, CREATED] });
const schema: unknown = JSON.parse(readFileSync('docs/notification.schema.json', 'utf8'));
const validate = new Ajv2020({ allErrors: true, validateFormats: false }).compile(Object(schema));

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'guard-notify-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const run = (...argv: string[]) =>
  runCommand(['notify-test', ...argv], { AWS_REGION: 'eu-central-1' }, { cwd });
const configure = (notify: object) =>
  writeFileSync(join(cwd, 'guard.config.json'), JSON.stringify({ ...oneInstance, notify }));
const config = ['--config', 'guard.config.json'];

/** The words that subjects begin with, in the order of the made-up evening. */
const WORDS = [
  'PARTIAL',
  'RECLAIM',
  'BUDGETS',
  'OVER BUDGET',
  'WITHIN BUDGET',
  'WARNING',
  'CRITICAL',
  'FULL',
  'ANSWERED',
  'RECOVERED',
  'UNREACHABLE',
  'REACHABLE',
];

describe('notify-test', () => {
  test('sends one message for each word that a subject can begin with, all of them marked TEST', async () => {
    configure({ emails: ['on-call@example.com'] });
    const { code, out, err } = await run(...config);
    expect([code, err]).toEqual([0, '']);
    const { messages } = aws.endpoint;
    expect(messages.map(({ subject }) => /^TEST ([A-Z ]+) orders: /.exec(subject ?? '')?.[1])).toEqual(WORDS);
    const documented = readFileSync('docs/alerts.md', 'utf8').match(/^\| \[?`[A-Z][A-Z ]+`/gm) ?? [];
    for (const row of documented) expect(WORDS).toContain(/[A-Z][A-Z ]+/.exec(row)?.[0]);
    for (const { bodies } of messages) {
      expect(bodies['email']).toMatch(
        /^TEST, sent by hand with notify-test: nothing of this has happened\.\n/,
      );
      const { content, metadata } = JSON.parse(bodies['https'] ?? '');
      expect([content.title, metadata.summary]).toEqual([
        expect.stringMatching(/^TEST /),
        expect.stringMatching(/^TEST /),
      ]);
      expect(content.description).toMatch(/^TEST, sent by hand/);
      const document = JSON.parse(bodies.default);
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      expect(document).toMatchObject({ test: true, notifications: [{ database: 'orders' }] });
      expect(document.notifications[0].summary).toMatch(/^TEST /);
      expect(document.notifications[0].thread).toMatch(/^test-orders-/);
    }
    expect(out.split('\n')).toHaveLength(WORDS.length);
  });

  test('gives the messages the buttons of the function that is named, where they can be answered', async () => {
    configure({});
    expect((await run(...config, '--actions-function', 'guard-GuardActions-1A')).code).toBe(0);
    const contexts = aws.endpoint.messages.map(
      ({ bodies }) => JSON.parse(bodies['https'] ?? '').metadata.additionalContext,
    );
    const context = { function: 'guard-GuardActions-1A', region: 'eu-central-1', database: 'orders' };
    expect(contexts[WORDS.indexOf('CRITICAL')]).toEqual(context);
    expect(contexts[WORDS.indexOf('RECOVERED')]).toBeUndefined();
  });

  test('tells the end of what it tells the beginning of in the same thread', async () => {
    configure({});
    await run(...config);
    const threads = aws.endpoint.messages.map(
      ({ bodies }) => JSON.parse(bodies.default).notifications[0].thread,
    );
    const threadOf = (word: string) => threads[WORDS.indexOf(word)];
    for (const word of ['WARNING', 'FULL', 'ANSWERED', 'RECOVERED'])
      expect(threadOf(word)).toBe(threadOf('CRITICAL'));
    expect(threadOf('REACHABLE')).toBe(threadOf('UNREACHABLE'));
    expect(threadOf('WITHIN BUDGET')).toBe(threadOf('OVER BUDGET'));
  });

  test('goes by the topics of the command line, then those of the configuration, then the one of the stack', async () => {
    const reached = () => new Set(aws.endpoint.messages.map(({ topicArn }) => topicArn));
    configure({ topics: { critical: PAGER } });
    expect((await run(...config)).code).toBe(0);
    expect(reached()).toEqual(new Set([CREATED, PAGER]));
    expect((await run(...config, '--warning-topic', LOCAL_TOPIC_ARN)).code).toBe(0);
    expect(reached()).toEqual(new Set([CREATED, PAGER, LOCAL_TOPIC_ARN]));
  });

  test('needs no configuration where both topics are given, and then takes any name', async () => {
    const topics = ['--warning-topic', LOCAL_TOPIC_ARN, '--critical-topic', PAGER];
    expect((await run(...topics, 'billing')).code).toBe(0);
    expect(new Set(aws.endpoint.messages.map(({ attributes }) => attributes['database']))).toEqual(
      new Set(['["billing"]']),
    );
    expect(aws.endpoint.calls.map(({ action }) => action)).not.toContain('ListTopics');
  });

  test.each([
    [[], 'which topics? There is no guard.config.ts here'],
    [[...config, 'stock'], 'guard.config.json has no database stock'],
    [[...config, '--critical-topic', 'pager'], '--critical-topic'],
    [[...config, '--actions-function', 'a; b'], 'no name of a function'],
    [['--warning-topic', PAGER, '--critical-topic', arn('gone')], 'there is no such topic in this account'],
  ])('%j is answered in a line, with exit code 3', async (argv, words) => {
    configure({});
    const { code, err } = await run(...argv);
    expect(code).toBe(3);
    expect(err).toContain(words);
  });

  test('says so when the stack has no topic, and which rights are missing', async () => {
    writeFileSync(
      join(cwd, 'guard.config.json'),
      JSON.stringify({ ...oneInstance, stackName: 'Elsewhere', namespace: 'Elsewhere' }),
    );
    expect((await run(...config)).err).toContain('there is no topic of the stack Elsewhere in eu-central-1');
    aws.endpoint.fail({ service: 'sns', kind: 'deny' });
    expect((await run(...config)).err).toContain('they need sns:Publish on the topics');
  });
});
