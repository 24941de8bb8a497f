import { describe, expect, test } from 'vitest';
import { INITIAL_UI, press, shownHolders, shownSessions, type Ui } from '../../../cli/watch/ui.ts';
import { rowOf } from '../../lambda/reclaim/rows-of.ts';

const row = (pid: number, application: string, idleFor: number) =>
  rowOf({ pid, application, idleFor, role: 'web', client: '10.0.3.17', startedFor: 100 - pid });
const rows = [row(1, 'a', 5), row(2, 'b', 50)];

/** The screen after some keys, and the last command. */
function after(keys: readonly string[], from: Ui = INITIAL_UI) {
  return keys.reduce<ReturnType<typeof press>>(
    ({ ui }, key) => press(ui, { name: key, sequence: key }, shownSessions(rows, ui)),
    { ui: from, command: null },
  );
}

describe('the keys of watch', () => {
  test('q leaves', () => expect(after(['q']).command).toEqual({ kind: 'quit' }));

  test('an arrow lists the sessions, the next one moves the selection, which stays within them', () => {
    expect(after(['down'])).toMatchObject({
      ui: { panel: 'sessions', selected: 0 },
      command: { kind: 'list' },
    });
    expect(after(['down', 'down', 'down', 'down']).ui.selected).toBe(1);
    expect(after(['down', 'down', 'up', 'up']).ui.selected).toBe(0);
    expect(after(['down', 'escape']).ui.panel).toBe('holders');
  });

  test('k asks, and only y ends the session that was selected', () => {
    expect(after(['down', 'k']).ui.asking?.pid).toBe(2);
    expect(after(['down', 'k', 'y']).command).toEqual({ kind: 'end', pid: 2 });
    for (const key of ['n', 'k', 'return', 'escape', 'q']) {
      expect(after(['down', 'k', key])).toMatchObject({ ui: { asking: null }, command: null });
    }
    expect(after(['k'])).toMatchObject({
      ui: { asking: null, message: expect.stringContaining('select') },
      command: null,
    });
  });

  test('the filter takes letters that are keys otherwise, and Esc clears it', () => {
    const { ui, command } = after(['/', 'q', 'k', 'x', 'backspace', 'return']);
    expect({ filter: ui.filter, typing: ui.typing, command }).toEqual({
      filter: 'qk',
      typing: false,
      command: null,
    });
    expect(after(['/', 'q', 'escape']).ui).toMatchObject({ filter: '', typing: false });
  });

  test('s sorts by the next column and begins again, p holds the picture, ? shows the help until the next key', () => {
    expect(after(['s', 's']).ui.sort).toBe(2);
    expect(after(['s', 's', 's']).ui.sort).toBe(0);
    expect(after(['p']).ui.paused).toBe(true);
    expect(after(['p', 'p']).ui.paused).toBe(false);
    expect(after(['?']).ui.help).toBe(true);
    expect(after(['?', 'q'])).toMatchObject({ ui: { help: false }, command: null });
  });
});

test('sessions and holders are sorted and filtered as the keys say', () => {
  const pids = (ui: Partial<Ui>) => shownSessions(rows, { ...INITIAL_UI, ...ui }).map(({ pid }) => pid);
  expect(pids({ sort: 0 })).toEqual([2, 1]);
  expect(pids({ sort: 1 })).toEqual([1, 2]);
  expect(pids({ filter: 'A' })).toEqual([1]);
  const holder = { application: 'a', role: 'web', client: null, count: 2, idle: 0, oldestIdleAge: null };
  const other = { ...holder, application: 'b', count: 1, idle: 1, oldestIdleAge: 9 };
  const names = (ui: Partial<Ui>) =>
    shownHolders([holder, other], { ...INITIAL_UI, ...ui }).map(({ application }) => application);
  expect(names({ sort: 0 })).toEqual(['a', 'b']);
  expect(names({ sort: 1 })).toEqual(['b', 'a']);
});
