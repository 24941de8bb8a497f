import { listed } from '../../shared/format.ts';
import type { Alert, Surroundings } from './alert.ts';
import type { Block } from './block.ts';
import { bodyOf } from './body.ts';
import { headline } from './subject.ts';
import { FAILURE_WORDS, LIMIT_WORDS } from './wording.ts';

// One message for several databases of which the same is to be said.

/** Databases named at most, one line each. */
const MOST_LISTED = 60;

/** What follows "25 databases" in the subject. */
export function severalHeadline(alerts: readonly Alert[]): string {
  const [first] = alerts;
  if (first?.failure) return FAILURE_WORDS[first.failure.class].short;
  if (first?.refusal) return LIMIT_WORDS[first.refusal.limit].short;
  const names = alerts.map(({ database, notification }) => notification.budget?.name ?? database.name);
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : listed(names);
}

/** Every database by name (bounded), and then the first one in full: what it says holds for the others too. */
export function bodyOfSeveral(alerts: readonly Alert[], surroundings: Surroundings): readonly Block[] {
  const [first] = alerts;
  const rest = alerts.length - MOST_LISTED;
  return [
    { kind: 'heading', text: 'Databases' },
    ...alerts.slice(0, MOST_LISTED).map(
      (alert): Block => ({
        kind: 'text',
        text: `- ${alert.database.name}: ${headline(alert)} (${alert.database.host})`,
      }),
    ),
    ...(rest > 0 ? [{ kind: 'text', text: `and ${rest} more: see the log.` } as const] : []),
    {
      kind: 'text',
      text: 'Each database goes on in a thread of its own from here. The first of them in full:',
    },
    ...(first === undefined
      ? []
      : [{ kind: 'heading', text: first.database.name } as const, ...bodyOf(first, surroundings)]),
  ];
}
