import { instant } from '../../shared/format.ts';
import { answersTo } from './action-commands.ts';
import type { Action, Alert, Surroundings } from './alert.ts';
import { blindSpots } from './blind-spots.ts';
import type { Block } from './block.ts';
import { detailsOf, slotArithmetic } from './details.ts';
import { docsAnchor } from './docs-anchor.ts';
import { leadOf } from './lead.ts';
import { incidentUrl, lastHourUrl } from './log-query-url.ts';
import { actionsFor } from './next-steps.ts';
import { HOLDERS_QUERY } from './pasteable-commands.ts';
import { reclaimLines } from './reclaim-section.ts';
import { holderTable, stateTable } from './tables.ts';
import { trendLines } from './trend-section.ts';

/**
 * A message in the order of use: three lines that lead, the cause, what to do; then what reclaim did, holders and trend;
 * the rule, the arithmetic and the look-ups last.
 */
export function bodyOf(alert: Alert, surroundings: Surroundings): readonly Block[] {
  const steps = actionsFor(alert, surroundings);
  const { timeZone } = surroundings;
  const isOver = alert.notification.kind === 'recovered';
  // Whoever answered has seen what the message before it showed.
  const showsSessions = !isOver && alert.notification.kind !== 'answered';
  return [
    ...leadOf(alert, steps, timeZone).map(textBlock),
    ...section(isOver ? 'What it was' : 'Likely cause', causes(alert)),
    ...section(isOver ? 'The fix still due' : 'What to do now', numbered(steps)),
    ...section('Answer it', numbered(answersTo(alert, surroundings))),
    ...links(alert, surroundings),
    ...(isOver ? section('Timeline', timeline(alert, timeZone)) : []),
    ...section('Reclaim', reclaimLines(alert, timeZone)),
    ...(showsSessions ? sessionTables(alert) : []),
    ...section('Trend', trendLines(alert)),
    ...section('Details', [
      { kind: 'fields', fields: detailsOf(alert, timeZone) },
      ...(isOver ? [] : slotArithmetic(alert, timeZone)),
    ]),
    ...(isOver ? [] : lookUps(alert)),
    ...section('What the guard could not see', blindSpots(alert).map(textBlock)),
  ];
}

function section(heading: string, blocks: readonly Block[]): readonly Block[] {
  return blocks.length === 0 ? [] : [{ kind: 'heading', text: heading }, ...blocks];
}

function textBlock(text: string): Block {
  return { kind: 'text', text };
}

function causes({ causes: found }: Alert): readonly Block[] {
  return found.flatMap(({ cause, evidence, remedy }): Block[] => [
    textBlock(`- ${cause}: ${evidence}.`),
    textBlock(`  Fix: ${remedy}.`),
  ]);
}

function numbered(steps: readonly Action[]): readonly Block[] {
  return steps.flatMap(({ title, lines }, index): Block[] => [
    textBlock(`${index + 1}. ${title}${lines.length > 0 ? ':' : '.'}`),
    ...(lines.length > 0 ? [{ kind: 'code', lines } as const] : []),
  ]);
}

function links(alert: Alert, surroundings: Surroundings): readonly Block[] {
  const { dashboardUrl, logQueryUrl, docsUrl } = surroundings;
  return [
    { label: 'About this message', url: docsUrl && `${docsUrl}#${docsAnchor(alert)}` },
    { label: 'Dashboard', url: dashboardUrl },
    { label: 'Who held the slots', url: incidentUrl(logQueryUrl, alert) },
    { label: 'Log of the checks', url: logQueryUrl && lastHourUrl(logQueryUrl) },
  ].flatMap(({ label, url }): Block[] => (url === undefined ? [] : [{ kind: 'link', label, url }]));
}

function sessionTables(alert: Alert): readonly Block[] {
  const { snapshot, budgets } = alert;
  if (snapshot === null) return [];
  return [
    ...section('What holds the slots', [
      { kind: 'fixed', lines: holderTable(alert) },
      { kind: 'fixed', lines: stateTable(snapshot) },
    ]),
    ...section('Budgets', budgets.length === 0 ? [] : [{ kind: 'fixed', lines: budgets }]),
  ];
}

function timeline({ notification }: Alert, timeZone: string): readonly Block[] {
  const { incident } = notification;
  if (incident === null) return [];
  const { entered, peak } = incident;
  const moments = [
    ...entered.map(({ level, at }) => ({ at, text: String(level) })),
    ...(peak === null ? [] : [{ at: peak.at, text: `peak, ${peak.used} of ${peak.usable} slots` }]),
  ].sort((a, b) => a.at - b.at);
  return [{ kind: 'fixed', lines: moments.map(({ at, text }) => `${instant(at, timeZone)}  ${text}`) }];
}

function lookUps({ notification, snapshot }: Alert): readonly Block[] {
  const isAboutSlots = ['level', 'server-full', 'eased', 'reminder'].includes(notification.kind);
  if (!isAboutSlots || snapshot === null) return [];
  return section('Look it up yourself', [{ kind: 'code', lines: HOLDERS_QUERY }]);
}
