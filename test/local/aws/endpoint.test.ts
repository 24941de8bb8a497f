import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PublishCommand } from '@aws-sdk/client-sns';
import { describe, expect, it, vi } from 'vitest';
import type { FaultKind } from '../../../local/aws/faults.ts';
import { LOCAL_TABLE, LOCAL_TOPIC_ARN } from '../../../local/aws/records.ts';
import { useAws } from '../../support/aws.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-AbCdEf';

const local = useAws({ secrets: { [SECRET]: 'first' } });

const datum = {
  MetricName: 'ConnectionsUsed',
  Dimensions: [{ Name: 'Database', Value: 'orders' }],
  Value: 7,
};

const putMetric = (...data: object[]) =>
  local.clients.cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'Test',
      MetricData: data.map((change) => ({ ...datum, ...change })),
    }),
  );
const publish = (change: object) =>
  local.clients.sns.send(new PublishCommand({ TopicArn: LOCAL_TOPIC_ARN, Message: 'text', ...change }));

describe('what the SDK sends', () => {
  it('is recorded as metric data, small and gzip', async () => {
    const stamp = new Date(Date.now() - 1000);
    await putMetric({ Timestamp: stamp, Unit: 'Count' });
    const [record] = local.endpoint.metricData;
    expect(local.endpoint.metricData).toEqual([
      {
        namespace: 'Test',
        metric: 'ConnectionsUsed',
        dimensions: { Database: 'orders' },
        timestamp: stamp.getTime(),
        unit: 'Count',
        values: [7],
        counts: [1],
        at: record?.at,
      },
    ]);
    await putMetric(
      ...Array.from({ length: 1000 }, () => ({ Value: undefined, Values: [1, 2], Counts: [3, 1] })),
    );
    expect(local.endpoint.metricData).toHaveLength(1001);
    expect(local.endpoint.calls.map(({ compressed }) => compressed)).toEqual([false, true]);
  });

  it('is recorded as messages, plain and by protocol, and handed to listeners', async () => {
    const seen: string[] = [];
    const stop = local.endpoint.onMessage(({ bodies }) => seen.push(bodies.default));
    const { MessageId } = await publish({ Subject: 'über 90 % & <so>' });
    const attributes = { level: { DataType: 'String', StringValue: 'critical' } };
    await publish({
      Message: JSON.stringify({ default: 'plain', https: '{}', ignored: 1 }),
      MessageStructure: 'json',
      MessageAttributes: attributes,
    });
    stop();
    await publish({});
    expect(local.endpoint.messages[0]).toMatchObject({
      messageId: MessageId,
      subject: 'über 90 % & <so>',
      bodies: { default: 'text' },
    });
    expect(local.endpoint.messages[1]).toMatchObject({ subject: null, attributes: { level: 'critical' } });
    expect(local.endpoint.messages[1]?.bodies).toEqual({ default: 'plain', https: '{}' });
    expect(seen).toEqual(['text', 'plain']);
  });

  it('reads secrets, rotated ones too, and stores items', async () => {
    const read = () => local.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: SECRET }));
    expect((await read()).SecretString).toBe('first');
    local.endpoint.setSecret(SECRET, 'second');
    expect((await read()).SecretString).toBe('second');
    const key = { TableName: LOCAL_TABLE, Key: { database: { S: 'orders' } } };
    await local.clients.dynamodb.send(
      new UpdateItemCommand({
        ...key,
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': { N: '1' } },
      }),
    );
    expect((await local.clients.dynamodb.send(new GetItemCommand(key))).Item).toEqual({
      database: { S: 'orders' },
      n: { N: '1' },
    });
  });

  it('is recorded as calls that an IAM policy can be matched with', async () => {
    await putMetric({});
    await publish({});
    await local.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: SECRET }));
    await local.clients.dynamodb.send(
      new GetItemCommand({ TableName: LOCAL_TABLE, Key: { database: { S: 'a' } } }),
    );
    const table = `arn:aws:dynamodb:eu-central-1:123456789012:table/${LOCAL_TABLE}`;
    expect(
      local.endpoint.calls.map(({ service, action, resource, namespace, outcome }) => [
        `${service}:${action}`,
        resource,
        namespace,
        outcome,
      ]),
    ).toEqual([
      ['cloudwatch:PutMetricData', '*', 'Test', 'ok'],
      ['sns:Publish', LOCAL_TOPIC_ARN, null, 'ok'],
      ['secretsmanager:GetSecretValue', SECRET, null, 'ok'],
      ['dynamodb:GetItem', table, null, 'ok'],
    ]);
  });
});

describe('what AWS refuses is refused with its error', () => {
  const numbers = (length: number) => Array.from({ length }, (_, index) => index);
  const dimensions = (length: number) => numbers(length).map((index) => ({ Name: `d${index}`, Value: 'v' }));
  const named = (Value: string) => ({ Dimensions: [{ Name: 'Database', Value }] });

  it.each([
    ['NaN', { Value: Number.NaN }],
    ['infinity', { Value: Number.POSITIVE_INFINITY }],
    ['too large', { Value: 2 ** 361 }],
    ['too small', { Value: 2 ** -361 }],
    ['a dimension that is not ASCII', named('bücher')],
    ['a blank dimension', named(' ')],
    ['an empty dimension', named('')],
    ['a dimension of 1025 characters', named('x'.repeat(1025))],
    ['31 dimensions', { Dimensions: dimensions(31) }],
    ['a metric name of 256 characters', { MetricName: 'x'.repeat(256) }],
    ['151 values', { Value: undefined, Values: numbers(151) }],
    ['counts of another length', { Value: undefined, Values: [1, 2], Counts: [1] }],
    ['a time three hours ahead', { Timestamp: new Date(Date.now() + 3 * 3_600_000) }],
    ['a time fifteen days back', { Timestamp: new Date(Date.now() - 15 * 86_400_000) }],
    ['a unit that does not exist', { Unit: 'Slots' }],
  ])('metric data: %s', async (_what, change) => {
    await expect(putMetric({}, change)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    expect(local.endpoint.metricData).toEqual([]);
  });

  it('metric data: neither value nor values, 1001 metrics, over 1 MB, a reserved namespace', async () => {
    await expect(putMetric({ Value: undefined })).rejects.toMatchObject({
      name: 'InvalidParameterCombinationException',
    });
    await expect(putMetric(...numbers(1001).map(() => ({})))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    const large = { Dimensions: dimensions(30), Value: undefined, Values: numbers(150) };
    await expect(putMetric(...numbers(1000).map(() => large))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 413 },
    });
    const reserved = new PutMetricDataCommand({ Namespace: 'AWS/RDS', MetricData: [datum] });
    await expect(local.clients.cloudwatch.send(reserved)).rejects.toThrow(
      'Namespace must not start with AWS/',
    );
    expect(local.endpoint.metricData).toEqual([]);
  });

  it.each([
    ['a subject of 100 characters', { Subject: 'x'.repeat(100) }],
    ['a subject of two lines', { Subject: 'a\nb' }],
    ['a subject with an escape', { Subject: 'a\u001b[31m' }],
    ['a message over 256 KiB in bytes', { Message: 'ü'.repeat(131_073) }],
    ['an empty message', { Message: '' }],
    ['JSON structure without JSON', { MessageStructure: 'json' }],
    ['JSON structure without a default', { MessageStructure: 'json', Message: '{"email":"x"}' }],
  ])('a message: %s', async (_what, change) => {
    await expect(publish(change)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect(local.endpoint.messages).toEqual([]);
  });

  it('a message: an empty attribute, an attribute of no known type, a topic that does not exist', async () => {
    const attribute = (DataType: string, StringValue: string) =>
      publish({ MessageAttributes: { level: { DataType, StringValue } } });
    const refused = { name: 'InvalidParameterValueException' };
    await expect(attribute('String', '')).rejects.toMatchObject(refused);
    await expect(attribute('Text', 'x')).rejects.toMatchObject(refused);
    await expect(publish({ TopicArn: `${LOCAL_TOPIC_ARN}-other` })).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });

  it('the limits themselves are allowed', async () => {
    await putMetric(
      { Value: undefined, Values: numbers(150) },
      named('x'.repeat(1024)),
      { Dimensions: dimensions(30) },
      { Value: -(2 ** 360) },
    );
    await publish({ Subject: 'x'.repeat(99), Message: 'ü'.repeat(131_072) });
    expect(local.endpoint.metricData).toHaveLength(4);
    expect(local.endpoint.messages).toHaveLength(1);
  });

  it('a secret that does not exist', async () => {
    const other = new GetSecretValueCommand({ SecretId: `${SECRET}x` });
    await expect(local.clients.secretsManager.send(other)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('faults on the wire', () => {
  const calls: Record<string, () => Promise<unknown>> = {
    cloudwatch: () => putMetric({}),
    sns: () => publish({}),
    secretsmanager: () => local.clients.secretsManager.send(new GetSecretValueCommand({ SecretId: SECRET })),
    dynamodb: () =>
      local.clients.dynamodb.send(
        new GetItemCommand({ TableName: LOCAL_TABLE, Key: { database: { S: 'a' } } }),
      ),
  };
  const kinds: FaultKind[] = ['throttle', 'server-error', 'reset', 'lose-reply'];

  // Each publish is one attempt: the next one is the guard's own, later.
  const repeated = Object.keys(calls).filter((service) => service !== 'sns');

  it.each(repeated.flatMap((service) => kinds.map((kind) => ({ service, kind }))))(
    '$service: $kind twice is survived, for as long as set it is not',
    async ({ service, kind }) => {
      const call = calls[service];
      local.endpoint.fail({ service, kind, times: 2 });
      await call?.();
      expect(local.endpoint.calls).toHaveLength(3);
      const lift = local.endpoint.fail({ service, kind });
      await expect(call?.()).rejects.toThrow();
      expect(local.endpoint.calls).toHaveLength(6);
      lift();
      await call?.();
    },
  );

  it('a lost reply means that a publish was done, and it is not done again', async () => {
    local.endpoint.fail({ service: 'sns', action: 'Publish', kind: 'lose-reply', times: 1 });
    await expect(publish({})).rejects.toThrow();
    expect(local.endpoint.messages).toHaveLength(1);
  });

  it('a service that never answers is given up after three tries of three seconds, a publish after one', async () => {
    for (const service of Object.keys(calls)) local.endpoint.fail({ service, kind: 'hang' });
    const began = Date.now();
    const settled = await Promise.allSettled(Object.values(calls).map((call) => call()));
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(Date.now() - began).toBeGreaterThan(8500);
    expect(local.endpoint.calls).toHaveLength(10);
  });

  it('a hung call ends with its signal, and closing does not wait for it', async () => {
    local.endpoint.fail({ service: 'sns', kind: 'hang' });
    const command = new PublishCommand({ TopicArn: LOCAL_TOPIC_ARN, Message: 'x' });
    const recorded = (count: number) =>
      vi.waitFor(() => expect(local.endpoint.calls).toHaveLength(count), { timeout: 20_000 });
    const patience = new AbortController();
    const given = local.clients.sns.send(command, { abortSignal: patience.signal });
    given.catch(() => {});
    await recorded(1);
    patience.abort();
    await expect(given).rejects.toMatchObject({ name: 'AbortError' });
    const hung = publish({}).catch((error: unknown) => error);
    await recorded(2);
    await local.endpoint.close();
    await expect(fetch(local.endpoint.url)).rejects.toThrow();
    expect(await hung).toBeInstanceOf(Error);
  });
});
