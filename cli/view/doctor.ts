import { counted } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import type { Finding, Weight } from '../doctor/finding.ts';
import { wrap } from '../terminal/width.ts';
import type { Screen } from './screen.ts';

const MARKS: Readonly<Record<Weight, readonly [string, 'green' | 'yellow' | 'red']>> = {
  good: ['ok     ', 'green'],
  advice: ['advice ', 'yellow'],
  problem: ['PROBLEM', 'red'],
};

/** The findings, what matters most first, each remedy below its finding, never broken so that it can be pasted. */
export function renderFindings(findings: readonly Finding[], screen: Screen): string[] {
  const order: readonly Weight[] = ['problem', 'advice', 'good'];
  const lines = order.flatMap((weight) =>
    findings
      .filter((finding) => finding.weight === weight)
      .flatMap((finding) => findingLines(finding, screen)),
  );
  const count = (weight: Weight) => findings.filter((finding) => finding.weight === weight).length;
  return [
    ...lines,
    '',
    `${counted(count('problem'), 'problem')}, ${count('advice')} to improve, ${count('good')} fine`,
  ];
}

function findingLines({ weight, text, remedy }: Finding, { style, width }: Screen): string[] {
  const [mark, name] = MARKS[weight];
  const [first = '', ...more] = width === null ? [text] : wrap(text, Math.max(30, width - 9));
  return [
    `${style(name, mark)}  ${printable(first, 400)}`,
    ...more.map((line) => `         ${printable(line, 400)}`),
    ...remedy.map((line) => `         ${style('cyan', printable(line, 400))}`),
  ];
}
