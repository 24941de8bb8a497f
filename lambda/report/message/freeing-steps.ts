import type { HeadBlocker } from '../../model/head-blocker.ts';
import { counted, duration } from '../../shared/format.ts';
import { printable } from '../../shared/printable.ts';
import { previewAndEnd } from './action-commands.ts';
import type { Action, Alert, Surroundings } from './alert.ts';
import { isPooled, mostIdleRole } from './idle-roles.ts';
import {
  endBlocker,
  endIdle,
  endOpenTransactions,
  guardCommand,
  HOLDERS_QUERY,
  psqlLogin,
} from './pasteable-commands.ts';

/** Idle ages to end sessions by, in seconds. */
const IDLE_AGES = [300, 120, 60, 30, 20] as const;

/** How to get in, by what refuses logins; anything else keeps slots for the master user. */
const LOGIN_TITLES: Readonly<Record<string, string>> = {
  none: 'Log in',
  'all-slots': 'When a slot is free, log in as the master user (-U: its name)',
};

/** Ends the one session that the others wait for, where it does nothing itself. */
export function unblocking(alert: Alert, blocker: HeadBlocker): readonly Action[] {
  const { pid, application, role, blocks } = blocker;
  const who = `pid ${pid} of ${printable(application === '' ? (role ?? '') : application, 40)}`;
  const sql = endBlocker(blocker);
  if (sql === null)
    return [say(`See what ${who} runs, and cancel it: ${counted(blocks, 'session')} wait for it`)];
  const title = `End ${who}, for which ${counted(blocks, 'session')} wait: its transaction is rolled back`;
  return [login(alert), { title, language: 'sql', lines: sql }];
}

function login(alert: Alert): Action {
  const { limit } = alert;
  const title =
    LOGIN_TITLES[limit ?? 'none'] ?? 'Log in as the master user, which has slots kept for it (-U: its name)';
  return { title, language: 'shell', lines: psqlLogin(alert, limit !== null), opens: true };
}

/** Gives slots back: ends idle sessions of the role that has the most, or open transactions where these fill the server. */
export function freeing(alert: Alert, surroundings: Surroundings): readonly (Action | null)[] {
  const { command } = surroundings;
  const { groups, holders, snapshot } = alert;
  const [cause, ...others] = alert.causes.filter(({ id }) => id !== 'over-budget' && id !== 'failover');
  const outer = alert.causes.at(-1);
  if (cause === undefined && outer !== undefined) return [say(outer.remedy)];
  if (cause?.id === 'rollout')
    return [
      say('Pause the rollout, or stop the replicas that it replaces: both generations hold their pools'),
    ];
  if (cause?.id === 'open-streams' && others.length === 0)
    return [
      say('Cap the streams, or restart what serves them: each holds a session for as long as it is open'),
    ];
  const isOpen = cause?.id === 'open-transactions';
  const role = cause?.role ?? mostIdleRole(alert);
  const idle = snapshot?.states.find(({ state }) => state === 'idle');
  const open = groups.filter(({ state }) => state.startsWith('idle in transaction'));
  const longest = isOpen
    ? Math.max(0, ...open.map(({ oldestStateAge }) => oldestStateAge ?? 0))
    : (idle?.oldestStateAge ?? 60);
  const age = IDLE_AGES.find((candidate) => candidate <= longest / 2) ?? 10;
  if (!isOpen && (idle?.count ?? 0) < (snapshot?.used ?? 0) / 10) {
    return [say('Stop or scale down what holds the most slots: what fills the server is at work, not idle')];
  }
  const name = printable(role ?? '', 40);
  const what = isOpen ? `End the transactions that ${name} left open` : `End what ${name} left idle`;
  const sql = isOpen ? endOpenTransactions(role, age) : endIdle(role, age);
  if (isPooled(role ?? '', groups, holders)) {
    return [
      say("Lower the pooler's pool size: to end its idle sessions would break clients that wait on them"),
    ];
  }
  if (command !== undefined) {
    const mode = isOpen ? '--idle-in-transaction-for' : '--idle-for';
    return [
      {
        title: 'Give slots back: shows what it would end, and asks first',
        language: 'shell',
        lines: guardCommand(command, alert, 'terminate', mode, `${age}s`),
      },
    ];
  }
  const { actions } = surroundings;
  if (actions?.terminate && !isOpen) return previewAndEnd(actions, alert);
  if (role === null) {
    const title = 'See what holds the slots, and restart what has the most';
    return [login(alert), { title, language: 'sql', lines: HOLDERS_QUERY }];
  }
  if (sql === null) return [say('End idle sessions of the holder with the most slots, or restart it')];
  return [login(alert), { title: `${what} for over ${duration(age)}`, language: 'sql', lines: sql }];
}

/** A step in words, without a command. */
export function say(title: string): Action {
  return { title, language: null, lines: [] };
}
