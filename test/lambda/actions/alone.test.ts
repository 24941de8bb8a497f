import { expect, test } from 'vitest';
import { alone } from '../../../lambda/actions/alone.ts';
import { LOCAL_TABLE } from '../../../local/aws/records.ts';
import { useAws } from '../../support/aws.ts';
import { database } from '../report/situations.ts';

const aws = useAws({});

/** One request of the function, some seconds from now. */
function request(work: () => Promise<string>, { name = 'orders', seconds = 0 } = {}) {
  return alone(work, {
    client: aws.clients.dynamodb,
    tableName: LOCAL_TABLE,
    database: database({ name }),
    clock: { now: () => Date.now() + seconds * 1000, sleep: async () => {} },
    log: () => {},
    signal: new AbortController().signal,
  });
}

test('while a request ends sessions of a database a second one does nothing, and one about another database does', async () => {
  const under: (string | null)[] = [];
  const first = await request(async () => {
    under.push(await request(async () => 'second'));
    under.push(await request(async () => 'other', { name: 'billing' }));
    return 'first';
  });
  expect([first, ...under]).toEqual(['first', null, 'other']);
  expect(await request(async () => 'later')).toBe('later');
});

test('a request that fails lets the next one go on at once, and one that has died after a minute', async () => {
  await expect(request(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  const dead = new Promise<string>(() => {});
  let begun = () => {};
  const isUnderWay = new Promise<void>((resolve) => {
    begun = resolve;
  });
  void request(() => {
    begun();
    return dead;
  });
  await isUnderWay;
  expect(await request(async () => 'next', { seconds: 59 })).toBeNull();
  expect(await request(async () => 'next', { seconds: 61 })).toBe('next');
});
