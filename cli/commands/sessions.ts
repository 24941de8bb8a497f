import { readRows, type SessionRow } from '../../lambda/reclaim/list-sessions.ts';
import { defineCommand, PROGRAM, SAMPLED } from '../command.ts';
import { connectionFor } from '../connection/connect.ts';
import { connectionOptions, terminateHere } from '../connection/options.ts';
import { EXIT } from '../exit-code.ts';
import { judge } from '../judged.ts';
import { choice, count, duration, flag } from '../options.ts';
import { filterOf, selectionOptions } from '../policy-options.ts';
import { fullSample, withObserver } from '../take-sample.ts';
import { causeLines } from '../view/cause.ts';
import { idleAgesLine } from '../view/idle-ages.ts';
import { wrapped } from '../view/screen.ts';
import { countSessions, GROUPINGS, renderCounts, renderSessions, sessionData } from '../view/sessions.ts';

/** Which states `--state` may mean. */
const STATES = ['idle', 'in-transaction', 'active', 'all'] as const;

/** The sessions one by one, or counted. */
export const sessionsCommand = defineCommand({
  name: 'sessions',
  summary: 'The sessions, the longest idle first; or counted by application, role, client...',
  description:
    'Lists idle sessions (idle in transaction among them), the longest idle first, each with what identifies it, and how ' +
    'many have been idle for how long; from level warning on the likely cause and the first step. With --by it counts instead. Query texts are never shown: they may hold data.',
  options: {
    by: choice('--by <column>', GROUPINGS, `count by this instead of listing: ${GROUPINGS.join(', ')}`),
    limit: count('--limit <n>', 'how many to list (default 10)', 1, 100_000),
    state: choice(
      '--state <state>',
      STATES,
      `${STATES.join(', ')} (default idle, in a transaction or not; with --by all)`,
    ),
    idleFor: duration('--idle-for <duration>', 'only sessions in their state for longer'),
    json: flag('--json', 'JSON instead of the table'),
    ...selectionOptions,
    ...connectionOptions,
  },
  examples: [
    [`${PROGRAM} sessions orders`, 'the ten longest idle'],
    [`${PROGRAM} sessions orders --by application`, 'which applications hold the slots'],
    [`${PROGRAM} sessions orders --by state`, 'how many in each state'],
    [`${PROGRAM} sessions orders --role app --client 10.0.3.0/24 --idle-for 5m --limit 50`, 'filtered'],
  ],
  exitCodes: SAMPLED,
  run: async (values, name, context) => {
    const wanted = filterOf(values);
    const connection = await connectionFor(values, name, () => ({}), context);
    return await withObserver(connection, context, async (observer) => {
      const sampled = await fullSample(observer, connection, context);
      if (typeof sampled === 'number') return sampled;
      const state = values.state ?? (values.by === undefined ? 'idle-any' : 'all');
      const all = await readRows(sampled.session);
      const rows = all
        .filter((row) => wanted(row) && inState(row, state) && row.idleFor >= (values.idleFor ?? 0))
        .sort((a, b) => b.idleFor - a.idleFor || a.pid - b.pid);
      const { screen } = context;
      const limit = values.limit ?? 10;
      const cause = () =>
        causeLines(judge(connection, sampled.sample), all, terminateHere(values, name), screen);
      if (values.by !== undefined) {
        const counts = countSessions(rows, values.by);
        if (values.json) context.out(JSON.stringify(counts, null, 2));
        else context.out([...renderCounts(counts, values.by, screen), ...cause()].join('\n'));
      } else if (values.json) {
        context.out(JSON.stringify(rows.slice(0, limit).map(sessionData), null, 2));
      } else {
        const ages = idleAgesLine(rows).flatMap((line) => wrapped(screen, line));
        context.out([...renderSessions(rows, limit, screen), ...ages, ...cause()].join('\n'));
      }
      return EXIT.ok;
    });
  },
});

function inState({ state }: SessionRow, wanted: (typeof STATES)[number] | 'idle-any'): boolean {
  switch (wanted) {
    case 'all':
      return true;
    case 'active':
      return state === 'active' || state === 'fastpath function call';
    case 'idle':
      return state === 'idle';
    case 'in-transaction':
      return state.startsWith('idle in transaction');
    case 'idle-any':
      return state.startsWith('idle');
  }
}
