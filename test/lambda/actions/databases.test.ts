import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findDatabase } from '../../../lambda/actions/databases.ts';
import { policyDigest } from '../../../lambda/config/pins.ts';
import type { Entry } from '../../../lambda/discover/entry.ts';
import { takeTurn } from '../../../lambda/discover/state.ts';
import { readDiscovered } from '../../../lambda/remember/discovered-list.ts';
import { systemClock } from '../../../lambda/shared/clock.ts';
import { LOCAL_TABLE } from '../../../local/aws/records.ts';
import { useAws } from '../../support/aws.ts';
import { DOMAIN, GROUPS, instance, startDiscoverer } from '../discover/rig.ts';

const aws = useAws({ scheduleGroups: Object.values(GROUPS) });
const { signal } = new AbortController();
const table = () => ({ client: aws.clients.dynamodb, tableName: LOCAL_TABLE });
const standard = { login: { iam: { user: 'connection_guard' } } };
const configured = { name: 'billing', host: 'billing.example.org', ...standard };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rcg-databases-'));
  await writeFile(join(folder, 'databases.json'), JSON.stringify([configured]));
});
afterEach(() => rm(folder, { recursive: true }));

/** With one profile, as the stack pins it. */
const find = (name: string, profiles: readonly object[] = [standard]) =>
  findDatabase(name, {
    file: pathToFileURL(join(folder, 'databases.json')),
    values: {},
    profiles: { domain: DOMAIN, digests: profiles.map((profile) => policyDigest({ ...profile })) },
    discovered: () => readDiscovered(aws.clients.dynamodb, LOCAL_TABLE, signal),
  });

/** Writes the list as whoever may update the table could. */
async function list(entries: readonly Entry[]): Promise<void> {
  const turn = await takeTurn({ ...table(), clock: systemClock, signal });
  await turn.end(turn.state, entries);
}

test('a database that discovery has found is known after its pass, under its resource id, until it goes', async () => {
  await expect(find('orders')).rejects.toThrow('found "orders"; allowed: billing');
  using discoverer = startDiscoverer(aws.endpoint);
  aws.endpoint.rds.instances.push(instance('orders'), instance('billing'));
  await discoverer.run();
  expect(await find('orders')).toMatchObject({
    host: `orders.${DOMAIN}`,
    login: standard.login,
    discovered: { resourceId: 'db-ORDERS' },
  });
  // What is configured by hand comes first.
  expect(await find('billing')).toMatchObject({ host: 'billing.example.org' });
  await expect(find('shop')).rejects.toThrow('allowed: billing, ');
  aws.endpoint.rds.instances.splice(0);
  await discoverer.run();
  discoverer.pass(61);
  await discoverer.run();
  await expect(find('orders')).rejects.toThrow('allowed: billing');
});

test('of a list that somebody has edited nothing is taken that no profile says, and nothing at all without discovery', async () => {
  const entry = { name: 'orders', host: `orders.${DOMAIN}`, discovered: { resourceId: 'db-A' }, ...standard };
  await list([entry]);
  expect(await find('orders')).toMatchObject({ host: entry.host });
  await expect(find('orders', [])).rejects.toThrow('allowed: billing');
  for (const edited of [
    { host: 'orders.evil.example' },
    { login: { secretName: 'another' } },
    { tls: { mode: 'disable' } },
    { reclaim: { mode: 'terminate' } },
    { port: 443 },
  ]) {
    await list([{ ...entry, ...edited }]);
    await expect(find('orders')).rejects.toThrow('allowed: billing');
  }
});
