import type { Action, Alert, Surroundings } from './alert.ts';
import { quoteShell } from './quoting.ts';

// The commands of the function that people act through. A database's name in the configuration holds nothing that a
// shell or JSON would read as its own.

type ActionsFunction = NonNullable<Surroundings['actions']>;

/** See what reclaim would end now, and end exactly that: each session only if it is still as it was shown. */
export function previewAndEnd(actions: ActionsFunction, { database }: Alert): readonly Action[] {
  return [
    {
      title: 'See which sessions reclaim would end now, and why',
      language: 'shell',
      lines: invoke(
        actions,
        `${quoteShell(JSON.stringify({ action: 'preview', database: database.name }))} preview.json && cat preview.json`,
      ),
      opens: true,
    },
    {
      title: 'End the sessions that step 1 shows, each only if it did nothing since',
      language: 'shell',
      lines: invoke(
        actions,
        `'{"action":"terminate","by":"'"$USER"'","preview":'"$(cat preview.json)"'}' /dev/stdout`,
      ),
    },
  ];
}

/** How to say that somebody is on it. None where nothing goes on that could be answered. */
export function answersTo(alert: Alert, surroundings: Surroundings): readonly Action[] {
  const actions = answeredBy(alert, surroundings);
  if (actions === undefined) return [];
  const { database } = alert;
  const request = (action: object) => {
    const text = JSON.stringify({ ...action, database: database.name, by: '' });
    return quoteShell(text).replace(`"by":""`, `"by":"'"$USER"'"`);
  };
  const step = (title: string, action: object): Action => ({
    title,
    language: 'shell',
    lines: invoke(actions, `${request(action)} /dev/stdout`),
  });
  return [
    step('No reminders until it is over', { action: 'acknowledge' }),
    step('Nothing but FULL for an hour', { action: 'mute', minutes: 60 }),
  ];
}

/** What the buttons of Slack take from a message; the stack makes them, and names these in their variables. */
export interface ButtonContext {
  readonly function: string;
  readonly region: string;
  readonly database: string;
}

/** What the buttons need: none, where nothing can be answered or the name is not one word of a command. */
export function buttonContext(alert: Alert, surroundings: Surroundings): ButtonContext | undefined {
  const { name } = alert.database;
  const actions = answeredBy(alert, surroundings);
  return actions === undefined || !/^[\w./-]+$/.test(name)
    ? undefined
    : { function: actions.functionName, region: actions.region, database: name };
}

/** Only what goes on can be answered. */
function answeredBy({ notification }: Alert, { actions }: Surroundings): ActionsFunction | undefined {
  const isOver = ['recovered', 'reachable', 'within-budget', 'answered'].includes(notification.kind);
  return isOver ? undefined : actions;
}

/** The AWS CLI takes a payload as it is only when told so (user guide, "cli_binary_format"). */
function invoke({ functionName, region }: ActionsFunction, rest: string): string[] {
  return [
    `aws lambda invoke --region ${region} --function-name ${functionName} \\`,
    '  --cli-binary-format raw-in-base64-out \\',
    `  --payload ${rest}`,
  ];
}
