import { duration } from '../shared/format.ts';
import { printable } from '../shared/printable.ts';
import type { NamedSession } from './request.ts';
import type { ReclaimView, View } from './view.ts';

// The HTML of the CloudWatch custom widget. It takes no scripts: a `cwdb-action` gives the element before it a click.

/** Names are cut here: PostgreSQL's have at most 63 bytes. */
const MAX_NAME = 64;

/** Error texts may hold the server's words. */
const MAX_TEXT = 500;

const STYLE = `<style>
.rcg table{width:100%;border-collapse:collapse;margin:4px 0 12px;font-size:inherit}
.rcg th,.rcg td{text-align:left;padding:2px 8px;border-bottom:1px solid rgba(128,128,128,.25);overflow-wrap:anywhere;min-width:84px}
.rcg .b{min-width:120px}
.rcg .n{text-align:right;white-space:nowrap}
.rcg .bar{display:block;height:6px;border-radius:3px;background:#2074d5;min-width:2px}
.rcg .notice{padding:6px 10px;border-left:4px solid #2074d5;background:rgba(32,116,213,.12)}
.rcg .problem{border-color:#d13212;background:rgba(209,50,18,.12)}
.rcg .btn{margin-right:6px}
</style>`;

/** What the widget is made from. */
export interface WidgetFacts {
  readonly view: View;
  /** Null where the sessions were not seen now. */
  readonly reclaim: ReclaimView | null;
  /** What came of the button that was pressed; null when none was. */
  readonly notice: string | null;
  /** The function itself, which the buttons call. */
  readonly endpoint: string;
  readonly mayTerminate: boolean;
}

/** The whole widget. Every text is escaped, and every list bounded. */
export function widgetHtml({ view, reclaim, notice, endpoint, mayTerminate }: WidgetFacts): string {
  const { database, level, used, usable, problem, seenAt, acknowledgedBy, mutedUntil } = view;
  const slots = used === null ? 'slots not seen yet' : `${used} of ${usable} slots used`;
  const notes = [
    ...(acknowledgedBy === null ? [] : [`Acknowledged by ${acknowledgedBy}: no reminders until it is over.`]),
    ...(mutedUntil === null ? [] : [`Muted until ${mutedUntil}: nothing but FULL is told.`]),
  ];
  return [
    `${STYLE}<div class="rcg">`,
    ...(notice === null ? [] : [`<p class="notice">${escaped(notice, MAX_TEXT)}</p>`]),
    `<h3>${escaped(database)}: ${level}, ${slots}</h3>`,
    ...(problem === null
      ? []
      : [
          `<p class="notice problem">Not seen now: ${escaped(problem, MAX_TEXT)}. As of ${escaped(seenAt ?? 'never')}:</p>`,
        ]),
    ...notes.map((note) => `<p>${escaped(note, MAX_TEXT)}</p>`),
    buttons(view, endpoint),
    holderTable(view),
    budgetTable(view),
    ...(reclaim === null ? [] : [reclaimTable(view, reclaim, mayTerminate ? endpoint : null)]),
    '</div>',
  ].join('\n');
}

/** What the widget shows when it has nothing else to show. */
export function problemHtml(text: string): string {
  return `${STYLE}<div class="rcg"><p class="notice problem">${escaped(text, MAX_TEXT)}</p></div>`;
}

function buttons({ database, mutedUntil }: View, endpoint: string): string {
  const mute = (minutes: number) => ({ action: 'mute', database, minutes });
  return [
    button('Refresh', { action: 'preview', database }, endpoint, null),
    button('Acknowledge', { action: 'acknowledge', database }, endpoint, 'No reminders until it is over?'),
    button('Mute for 1 h', mute(60), endpoint, `Nothing but FULL of ${database} for an hour?`),
    button('Mute for 8 h', mute(480), endpoint, `Nothing but FULL of ${database} for 8 hours?`),
    ...(mutedUntil === null ? [] : [button('End the mute', mute(0), endpoint, null)]),
  ].join('\n');
}

/** The content is read as text: what is in it holds no name but the database's, of a few plain characters. */
function button(label: string, request: object, endpoint: string, question: string | null): string {
  const confirmation = question === null ? '' : ` confirmation="${escaped(question, MAX_TEXT)}"`;
  return `<a class="btn">${escaped(label)}</a><cwdb-action action="call" display="widget" endpoint="${escaped(endpoint, 200)}"${confirmation}>${JSON.stringify(request)}</cwdb-action>`;
}

function holderTable({ holders, holderCount, used }: View): string {
  const rows = holders.map(({ application, role, client, count, idle, oldestIdleAge }) => [
    number(count),
    `<td class="b"><span class="bar" style="width:${Math.round((100 * count) / Math.max(1, used ?? count))}%"></span></td>`,
    number(idle),
    number(oldestIdleAge === null ? '' : duration(oldestIdleAge)),
    cell(application === '' ? '(no application_name)' : application),
    cell(role ?? '(no role)'),
    cell(client ?? 'a local socket'),
  ]);
  const rest = holderCount - holders.length;
  const more = rest > 0 ? `<p>and ${rest} more holders</p>` : '';
  return table(['sessions', '', 'idle', 'oldest idle', 'application', 'role', 'client'], rows) + more;
}

function budgetTable({ budgets }: View): string {
  if (budgets.length === 0) return '';
  const rows = budgets.map(({ name, used, sessions }) => [
    cell(name),
    number(used),
    number(sessions),
    cell(used > sessions ? `${used - sessions} too many` : ''),
  ]);
  return `<h4>Budgets</h4>${table(['budget', 'holds', 'may hold', ''], rows)}`;
}

function reclaimTable({ database, level }: View, reclaim: ReclaimView, endpoint: string | null): string {
  const { mode, acts, sessions, count, until, failure } = reclaim;
  const guard =
    acts && mode === 'terminate'
      ? 'the guard ends them itself'
      : `the guard itself ends none: reclaim ${mode}, level ${level}`;
  if (failure !== null) return problemHtml(`What reclaim would end is not known: ${failure}`);
  if (count === 0) return `<h4>Reclaim would end none now</h4><p>It stops under ${until} used slots.</p>`;
  const rows = sessions.map(({ pid, application, role, client, idleFor, why }) => [
    number(pid),
    number(duration(idleFor)),
    cell(application === '' ? '(no application_name)' : application),
    cell(role ?? '(no role)'),
    cell(client ?? 'a local socket'),
    `<td>${escaped(why, MAX_TEXT)}</td>`,
  ]);
  const rest = count - sessions.length;
  const named = sessions.map(
    ({ pid, backendStart, stateChange }): NamedSession => ({ pid, backendStart, stateChange }),
  );
  const end =
    endpoint === null
      ? ''
      : button(
          `End these ${sessions.length} sessions`,
          { action: 'terminate', database, sessions: named },
          endpoint,
          `End ${sessions.length} sessions of ${database}? Each goes only if it did nothing since it was shown.`,
        );
  return [
    `<h4>Reclaim would end ${count} sessions now (${escaped(guard, MAX_TEXT)})</h4>`,
    end,
    table(['pid', 'idle for', 'application', 'role', 'client', 'why'], rows),
    ...(rest > 0 ? [`<p>and ${rest} more</p>`] : []),
  ].join('\n');
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = headings.map((heading) => `<th>${heading}</th>`).join('');
  return `<table><tr>${head}</tr>${rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('')}</table>`;
}

function cell(text: string): string {
  return `<td>${escaped(text)}</td>`;
}

function number(value: number | string): string {
  return `<td class="n">${value}</td>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** One clean, bounded line, as text or within the quotes of an attribute. */
function escaped(text: string, max = MAX_NAME): string {
  return printable(text, max).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
