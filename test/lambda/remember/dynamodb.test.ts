import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../lambda/assess/predictions/rules.ts';
import { emptyMemory, type Memory } from '../../../lambda/model/memory.ts';
import type { StoredScore } from '../../../lambda/model/prediction.ts';
import { createMemoryStore } from '../../../lambda/remember/dynamodb.ts';
import { MemoryConflictError } from '../../../lambda/remember/store.ts';
import { LOCAL_TABLE } from '../../../local/aws/records.ts';
import { useAws } from '../../support/aws.ts';
import { database, follow, group, sample } from '../report/situations.ts';

const aws = useAws();
const NOW = 1_800_000_000_000;
const service = 'dynamodb';
const action = 'UpdateItem';

const signal = () => AbortSignal.timeout(10_000);
const store = (tableName = LOCAL_TABLE) =>
  createMemoryStore({ client: aws.clients.dynamodb, tableName, clock: { now: () => NOW } });
const memoryAt = (at: number): Memory => ({ ...emptyMemory(at), level: 'critical' });

async function storedItem(database: string) {
  const command = new GetItemCommand({ TableName: LOCAL_TABLE, Key: { database: { S: database } } });
  return (await aws.clients.dynamodb.send(command)).Item;
}

/** Half an hour of a server with a hundred holders that come and go, and as many scores as are kept. */
function ofBusyServer(): Memory {
  const samples = Array.from({ length: 60 }, (_, index) => {
    const groups = Array.from({ length: 100 }, (__, holder) =>
      group(1 + ((holder * 7 + index * 13) % 29), {
        application: `web-${holder * 7919}`,
        client: `10.0.${holder}.17`,
      }),
    );
    return sample(NOW - (60 - index) * 30_000, 80 + ((index * 37) % 41), { groups });
  });
  const scoreOf = (index: number): StoredScore => [
    (700 - ((index * 71) % 600)) / 10,
    ((index * 377) % 500) / 100,
    3,
    NOW / 1000 - ((index * 37) % 300),
  ];
  // What most sessions of a kind do is spoken of by half of the rules.
  const rulesOf = (scope: number) => RULES.filter((_, rule) => (rule + scope) % 2 === 0);
  const ruleScores = (scope: number) =>
    Object.fromEntries(rulesOf(scope).map(({ name }, rule) => [name, scoreOf(scope * 17 + rule)]));
  const scopes = Array.from(
    { length: 14 },
    (_, scope) => [(scope * 2_654_435_761).toString(36), ruleScores(scope)] as const,
  );
  const learned = { until: NOW, server: 'x', scores: Object.fromEntries(scopes) };
  return { ...follow(samples, database()).memory, learned };
}

describe('remembering in DynamoDB', () => {
  it('knows nothing at first, then what was stored last, each database for itself', async () => {
    expect(await store().load('orders', signal())).toBeNull();
    expect(await store().save('orders', memoryAt(1), 0, signal())).toBe(1);
    expect(await store().save('orders', memoryAt(2), 1, signal())).toBe(2);
    expect(await store().load('orders', signal())).toEqual({
      memory: memoryAt(2),
      version: 2,
      problem: null,
    });
    expect(await store().load('users', signal())).toBeNull();
  });

  it('lets an item expire thirty days after it was stored', async () => {
    await store().save('orders', memoryAt(1), 0, signal());
    expect((await storedItem('orders'))?.['expiresAt']).toEqual({ N: String(NOW / 1000 + 30 * 86_400) });
  });

  it('refuses to store over a version that somebody else stored', async () => {
    await store().save('orders', memoryAt(1), 0, signal());
    await expect(store().save('orders', memoryAt(2), 0, signal())).rejects.toBeInstanceOf(
      MemoryConflictError,
    );
    await store().save('orders', memoryAt(3), 1, signal());
    await expect(store().save('orders', memoryAt(4), 1, signal())).rejects.toBeInstanceOf(
      MemoryConflictError,
    );
    expect(await store().load('orders', signal())).toMatchObject({ memory: { at: 3 }, version: 2 });
  });

  it('lets exactly one of many win at the same moment', async () => {
    const saves = Array.from({ length: 8 }, (_, index) =>
      store().save('orders', memoryAt(index), 0, signal()),
    );
    const settled = await Promise.allSettled(saves);
    const won = settled.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(won).toHaveLength(1);
    expect(await store().load('orders', signal())).toMatchObject({ memory: { at: won[0] }, version: 1 });
  });

  it.each([0, 1])(
    'knows its own write again when the answer to it got lost (version %i)',
    async (version) => {
      if (version > 0) await store().save('orders', memoryAt(1), 0, signal());
      aws.endpoint.fail({ service, action, kind: 'lose-reply', times: 1 });
      expect(await store().save('orders', memoryAt(2), version, signal())).toBe(version + 1);
      const outcomes = aws.endpoint.calls.map(({ outcome }) => outcome);
      expect(outcomes).toContain('ConditionalCheckFailedException');
      expect(await store().load('orders', signal())).toMatchObject({
        memory: { at: 2 },
        version: version + 1,
      });
    },
  );

  it('does not take the write of another for its own when its request got lost', async () => {
    await store().save('orders', memoryAt(1), 0, signal());
    aws.endpoint.fail({ service, action, kind: 'reset', times: 1 });
    await expect(store().save('orders', memoryAt(2), 0, signal())).rejects.toBeInstanceOf(
      MemoryConflictError,
    );
  });

  it.each(['throttle', 'server-error', 'reset'] as const)('survives a passing %s', async (kind) => {
    aws.endpoint.fail({ service, kind, times: 1 });
    await store().save('orders', memoryAt(1), 0, signal());
    aws.endpoint.fail({ service, kind, times: 1 });
    expect(await store().load('orders', signal())).toMatchObject({ version: 1 });
  });

  it.each([
    ['another shape', { S: '{"level":"ok"}' }, 'not a memory'],
    ['no JSON', { S: 'oops' }, 'JSON'],
    ['another type', { N: '1' }, 'not a memory'],
  ])('says what it cannot read, and lets it be overwritten: %s', async (_what, memory, problem) => {
    const Item = { database: { S: 'orders' }, version: { N: '7' }, memory };
    await aws.clients.dynamodb.send(new PutItemCommand({ TableName: LOCAL_TABLE, Item }));
    const stored = await store().load('orders', signal());
    expect(stored).toMatchObject({ memory: null, version: 7 });
    expect(stored?.problem).toContain(problem);
    expect(await store().save('orders', memoryAt(1), 7, signal())).toBe(8);
  });

  it('overwrites an item without a version as if there were none', async () => {
    const Item = { database: { S: 'orders' } };
    await aws.clients.dynamodb.send(new PutItemCommand({ TableName: LOCAL_TABLE, Item }));
    expect(await store().load('orders', signal())).toMatchObject({ memory: null, version: 0 });
    expect(await store().save('orders', memoryAt(1), 0, signal())).toBe(1);
  });

  it.each([
    ['a word', { S: 'seven' }],
    ['a negative number', { N: '-3' }],
    ['a number too large to count on from', { N: '1e120' }],
    ['nothing', { NULL: true }],
  ])(
    'repairs an item whose version is %s: its memory is kept, one of two writers overwrites it',
    async (_what, version) => {
      const Item = { database: { S: 'orders' }, version, memory: { S: JSON.stringify(memoryAt(5)) } };
      await aws.clients.dynamodb.send(new PutItemCommand({ TableName: LOCAL_TABLE, Item }));
      expect(await store().load('orders', signal())).toEqual({
        memory: memoryAt(5),
        version: 0,
        problem: null,
      });
      const saves = [6, 7].map((at) => store().save('orders', memoryAt(at), 0, signal()));
      const settled = await Promise.allSettled(saves);
      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await store().load('orders', signal())).toMatchObject({ version: 1 });
    },
  );

  it('stores the memory of a busy server in less than 4 kB, what one read unit reads', async () => {
    const memory = ofBusyServer();
    expect(JSON.stringify(memory).length).toBeGreaterThan(10_000);
    await store().save('orders', memory, 0, signal());
    expect(await store().load('orders', signal())).toMatchObject({ memory, problem: null });
    expect((await storedItem('orders'))?.['memory']?.B?.length).toBeLessThan(3800);
  });

  it('takes moments that a clock in the future has stored for now, so that nothing waits until they come', async () => {
    const later = NOW + 86_400_000;
    const over = { name: 'shop', threadId: 't', since: NOW - 9, samples: 4 };
    const memory: Memory = {
      ...memoryAt(later),
      clearSince: { warning: later, critical: NOW - 1, full: null },
      notifiedAt: later,
      reclaim: { ...memoryAt(NOW).reclaim, nearFullAt: later, spent: [{ minute: later, count: 3 }] },
      budgets: { over: [{ ...over, notifiedAt: later, clearSince: later }], exceeding: null },
      recent: [{ at: later, used: 3, usable: 10 }],
    };
    await store().save('orders', memory, 0, signal());
    const loaded = await store().load('orders', signal());
    expect(loaded?.memory).toEqual({
      ...memory,
      at: NOW,
      since: NOW,
      notifiedAt: NOW,
      clearSince: { warning: NOW, critical: NOW - 1, full: null },
      reclaim: { ...memory.reclaim, nearFullAt: NOW, spent: [{ minute: NOW, count: 3 }] },
      budgets: { over: [{ ...over, notifiedAt: NOW, clearSince: NOW }], exceeding: null },
      recent: [{ at: NOW, used: 3, usable: 10 }],
    });
  });

  it('rejects when the table is not there, or time is up', async () => {
    await expect(store('other').load('orders', signal())).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    aws.endpoint.fail({ service, kind: 'hang' });
    await expect(store().load('orders', AbortSignal.timeout(100))).rejects.toThrow('abort');
  });
});
