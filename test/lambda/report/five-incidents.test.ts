import { describe, expect, test } from 'vitest';
import { renderAlerts } from '../../../lambda/report/delivery/render.ts';
import { INCIDENTS } from './incidents.ts';

/** What a mail reader shows without scrolling. Lines. */
const SCREEN = 24;

/** A section block of Slack holds so much text (Slack's Block Kit reference, "Section block"). Characters. */
const SLACK_BLOCK = 3000;

/** What somebody who was woken up has to find: the causes, and the first step. */
const TOLD: Record<keyof typeof INCIDENTS, { readonly causes: readonly string[]; readonly step: string }> = {
  'the-incident': {
    causes: [
      'Open streams (server-sent events, websockets, LISTEN loops): 92 sessions',
      'Kept open after the request or task that used them: 84 of 180 sessions',
    ],
    step: 'end what orders_app left idle for over 60 s',
  },
  'head-blocker': {
    causes: ['One session blocks the others: pid 4711 of "reports", idle in transaction for 6 min'],
    step: 'end pid 4711 of reports, for which 118 sessions wait',
  },
  rollout: {
    causes: ['A rollout, or more replicas'],
    step: 'pause the rollout, or stop the replicas that it replaces',
  },
  'budget-overrun': {
    causes: ['checkout holds more sessions than its budget: 150 where it may hold 100, 50 too many'],
    step: 'cap the streams, or restart what serves them',
  },
  'open-transactions': {
    causes: ['Transactions left open while the application does something else: 60 sessions'],
    step: 'end the transactions that orders_app left open for over 5 min',
  },
};

describe.each(Object.entries(TOLD))('the message of %s', (name, { causes, step }) => {
  const incident = Object.entries(INCIDENTS).find(([key]) => key === name)?.[1];
  if (incident === undefined) throw new Error(`no incident ${name}`);
  const { text, chat } = renderAlerts([incident()], { timeZone: 'UTC' });
  const unwrapped = (words: string) => words.replace(/\s+/g, ' ');

  test.each([
    ['email', text.split('\n').slice(0, SCREEN).join('\n')],
    ['Slack', chat.content.description.slice(0, SLACK_BLOCK)],
  ])('names its causes and the first step where the reader of %s begins to read', (_, shown) => {
    const [lead = ''] = shown.split('\n\n');
    expect(unwrapped(lead)).toContain(`Do now: ${step}`);
    for (const cause of causes) expect(unwrapped(shown)).toContain(`- ${cause}`);
    expect(unwrapped(shown).toLowerCase()).toMatch(/what to do now\*? 1\. /);
  });
});
