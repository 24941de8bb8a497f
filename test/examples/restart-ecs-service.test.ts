import '../infra/offline.ts';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { renderAlerts } from '../../lambda/report/delivery/render.ts';
import { snsMessage } from '../../lambda/report/delivery/sns-body.ts';
import type { Alert } from '../../lambda/report/message/alert.ts';
import { alertAfter, database, group, leak, minutesAfterStart, sample } from '../lambda/report/situations.ts';

// What the Lambda runtime has and this repository has not: the client's two names, and what it was asked for.
const SDK = `
export class UpdateServiceCommand { constructor(input) { this.input = input; } }
export class ECSClient {
  async send({ input }) {
    if (globalThis.ecs.refuses) throw new Error('AccessDeniedException');
    globalThis.ecs.asked.push(input);
  }
}`;

const RESTART = { cluster: 'shop', service: 'checkout', forceNewDeployment: true };
const validate = new Ajv2020({ validateFormats: false }).compile(
  Object(JSON.parse(readFileSync('docs/notification.schema.json', 'utf8'))),
);

let directory: string;
let environments = 0;
const ecs = { asked: [] as unknown[], refuses: false };

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'guard-restart-'));
  cpSync('examples/restart-ecs-service/handler', directory, { recursive: true });
  const sdk = join(directory, 'node_modules', '@aws-sdk', 'client-ecs');
  mkdirSync(sdk, { recursive: true });
  writeFileSync(join(sdk, 'package.json'), '{"type":"module","exports":"./index.js"}');
  writeFileSync(join(sdk, 'index.js'), SDK);
});
afterAll(() => rmSync(directory, { recursive: true }));

beforeEach(() => {
  Object.assign(ecs, { asked: [], refuses: false });
  vi.stubGlobal('ecs', ecs);
  const environment = { CLUSTER: 'shop', SERVICE: 'checkout', DATABASE: 'orders', ROLE: 'orders_app' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

/** The handler in a new Lambda environment: invoked with the bodies of SNS messages. */
async function newEnvironment(): Promise<(...messages: string[]) => Promise<void>> {
  environments += 1;
  const url = pathToFileURL(join(directory, 'index.mjs'));
  const { handler } = await import(/* @vite-ignore */ `${url.href}?${environments}`);
  return (...messages) => handler({ Records: messages.map((Message) => ({ Sns: { Message } })) });
}

/** What SNS delivers to a function for this alert. */
function delivered(alert: Alert): string {
  const message: string = JSON.parse(snsMessage(renderAlerts([alert], { timeZone: 'UTC' }))).default;
  expect(validate(JSON.parse(message)), JSON.stringify(validate.errors)).toBe(true);
  return message;
}

const critical = delivered(alertAfter(leak(160)));

test('a document of the guard that names the role as the cause restarts the service, once for an incident', async () => {
  const invoke = await newEnvironment();
  await invoke(critical);
  await invoke(critical, delivered(alertAfter([...leak(160), sample(minutesAfterStart(30), 182)])));
  expect(ecs.asked).toEqual([RESTART]);
});

test('a budget that is exceeded hides no cause behind it', async () => {
  const invoke = await newEnvironment();
  const budgets = [{ name: 'site', role: 'orders_app', sessions: 100 }];
  await invoke(delivered(alertAfter(leak(160), { db: database({ budgets }) })));
  expect(ecs.asked).toEqual([RESTART]);
});

test('a refusal of ECS fails the invocation, so that Lambda tries again, and the next one restarts', async () => {
  const invoke = await newEnvironment();
  ecs.refuses = true;
  await expect(invoke(critical)).rejects.toThrow('AccessDeniedException');
  ecs.refuses = false;
  await invoke(critical);
  expect(ecs.asked).toEqual([RESTART]);
});

const rollout = [1, 2, 3, 4].flatMap((n) => [
  group(20, { client: `10.0.3.${n}`, returning: 4 }),
  group(20, { client: `10.0.4.${n}`, opened: 20 }),
]);
const changed = (fields: object) => {
  const document = JSON.parse(critical);
  return JSON.stringify({ ...document, notifications: [{ ...document.notifications[0], ...fields }] });
};

test.each([
  ['of level warning', delivered(alertAfter(leak(130)))],
  ['about another database', delivered(alertAfter(leak(160), { db: database({ name: 'billing' }) }))],
  [
    'of a rollout, which a restart makes worse',
    delivered(alertAfter([...leak(100), sample(minutesAfterStart(30), 160, { groups: rollout })])),
  ],
  ['that is a test', JSON.stringify({ ...JSON.parse(critical), test: true })],
  ['of another version', JSON.stringify({ ...JSON.parse(critical), version: 2 })],
  ['of another role', changed({ causes: [{ id: 'kept-after-request', role: 'orders_app ' }] })],
  ['of a role that is a list', changed({ causes: [{ id: 'kept-after-request', role: ['orders_app'] }] })],
  ['that eases', changed({ kind: 'eased' })],
  ['of a reminder', changed({ kind: 'reminder' })],
  ['without causes', changed({ causes: undefined })],
  ['that is no JSON', 'ALARM: "orders" in EU (Frankfurt)'],
])('a message %s restarts nothing', async (_, message) => {
  const invoke = await newEnvironment();
  await invoke(message);
  expect(ecs.asked).toEqual([]);
});

test('whatever a message holds, nothing is thrown, and nothing but the one service is ever restarted', async () => {
  const invoke = await newEnvironment();
  const hostile = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .dictionary(fc.constantFrom('kind', 'level', 'thread', 'causes', 'cluster', 'service'), fc.jsonValue())
      .map(changed),
    fc.jsonValue().map((notifications) => JSON.stringify({ version: 1, notifications })),
  );
  await fc.assert(
    fc.asyncProperty(hostile, async (message) => {
      await invoke(message);
      for (const asked of ecs.asked) expect(asked).toEqual(RESTART);
    }),
  );
});

test('the app synthesizes: a function that may update this one service, subscribed to what it acts on', async () => {
  const out = mkdtempSync(join(tmpdir(), 'guard-restart-app-'));
  try {
    vi.stubEnv('CDK_OUTDIR', out);
    await import('../../examples/restart-ecs-service/app.ts');
    const { Resources } = JSON.parse(readFileSync(join(out, 'RestartEcsService.template.json'), 'utf8'));
    const of = (type: string) =>
      Object.values<{ Type: string; Properties: Record<string, unknown> }>(Resources)
        .filter(({ Type }) => Type === type)
        .map(({ Properties }) => Properties);
    expect(of('AWS::IAM::Policy').map(({ PolicyDocument }) => PolicyDocument)).toMatchObject([
      {
        Statement: [
          {
            Action: 'ecs:UpdateService',
            Effect: 'Allow',
            Resource: 'arn:aws:ecs:eu-central-1:111122223333:service/shop/checkout',
          },
        ],
      },
    ]);
    expect(of('AWS::SNS::Subscription')).toMatchObject([
      {
        Protocol: 'lambda',
        FilterPolicy: { kind: ['level', 'server-full'], level: ['critical', 'full'], database: ['orders'] },
      },
    ]);
    expect(of('AWS::Lambda::Function')).toMatchObject([
      {
        Runtime: 'nodejs24.x',
        Environment: {
          Variables: { CLUSTER: 'shop', SERVICE: 'checkout', DATABASE: 'orders', ROLE: 'orders_app' },
        },
      },
    ]);
  } finally {
    rmSync(out, { recursive: true });
  }
});
