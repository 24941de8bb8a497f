import { holder, leak, requests } from './holders.ts';
import { add } from './ledger.ts';
import { pages } from './pages.ts';
import { pool } from './pool.ts';
import type { ClientGroup, Scenario } from './scenario.ts';
import type { Surroundings } from './surroundings.ts';
import { user } from './tabs.ts';
import { task } from './tasks.ts';

/** Starts every client of the scenario. */
export function startClients(scenario: Scenario, around: Surroundings): void {
  for (const group of scenario.clients) {
    add(around.ledger.open, group.name, 0);
    startGroup(group, around);
  }
}

function startGroup(group: ClientGroup, around: Surroundings): void {
  for (const client of clientsOf(group, around)) around.start(client);
}

function clientsOf(group: ClientGroup, around: Surroundings): Promise<void>[] {
  const each = (count: number, client: (index: number) => Promise<void>) =>
    Array.from({ length: count }, (_, index) => client(index));
  switch (group.kind) {
    case 'tabs':
      return each(group.users, (index) => user(group, index, around));
    case 'tasks':
      return each(group.count, (index) => task(group, index, around));
    case 'holders':
      return each(group.count, (index) => holder(group, index, around));
    case 'pages':
      return [pages(group, around)];
    case 'pool':
      return [pool(group, around)];
    case 'leak':
      return [leak(group, around)];
    case 'requests':
      return [requests(group, around)];
  }
}
