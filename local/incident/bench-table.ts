import type { Result } from './contest.ts';
import type { Policy } from './policies.ts';
import type { Row } from './rows.ts';

/** A row with the plays of each policy in it. */
export interface PlayedRow {
  readonly row: Row;
  readonly results: ReadonlyMap<Policy['name'], readonly Result[]>;
}

/** The comparison as Markdown, one line for each line of text. */
export function benchTable(rows: readonly PlayedRow[], policies: readonly Policy[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    'Each cell: logins refused (share of the requests) / sessions ended / living sessions cut / from critical to the first slot back.',
    '',
    line(['Row', ...policies.map(({ name }) => name)]),
    line(['---', ...policies.map(() => '---')]),
    ...rows.map(({ row, results }) =>
      line([row.name, ...policies.map(({ name }) => cell(results.get(name) ?? []))]),
    ),
    '',
    ...rows.map(({ row }) => `- \`${row.name}\`: ${row.title} (${row.scenario.seconds} s)`),
    '',
    ...policies.map(({ name, title }) => `- \`${name}\`: ${title}`),
  ];
}

function cell(results: readonly Result[]): string {
  const result = worst(results);
  if (!result) return '';
  const failed = result.failures.length > 0 ? 'void: ' : '';
  return `${failed}${figures(result)}`;
}

/** One result in a few words. */
export function figures({
  refusedLogins,
  refusedPercent,
  ended,
  livingSessionsCut,
  firstSlotBack,
}: Result): string {
  const refused = refusedLogins === 0 ? '0' : `${refusedLogins} (${refusedPercent.toFixed(1)}%)`;
  const back = firstSlotBack === null ? 'never' : `${(firstSlotBack / 1000).toFixed(1)} s`;
  return `${refused} / ${ended} / ${livingSessionsCut} / ${back}`;
}

/** The one with the most living sessions cut; of those the one with the most refused logins, then with the latest slot. */
export function worst(results: readonly Result[]): Result | undefined {
  const late = ({ firstSlotBack }: Result) => firstSlotBack ?? Number.POSITIVE_INFINITY;
  return results.toSorted(
    (a, b) =>
      b.livingSessionsCut - a.livingSessionsCut ||
      b.refusedLogins - a.refusedLogins ||
      Number(late(b) > late(a)) - Number(late(a) > late(b)),
  )[0];
}
