import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import { terminalSvg } from '../../../local/picture/terminal-svg.ts';

const RED = '\u001b[31m';
const BOLD = '\u001b[1m';
const RESET = '\u001b[0m';

async function drawn(text: string): Promise<string> {
  const terminal = new xterm.Terminal({ cols: 20, rows: 4, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  return terminalSvg(terminal, 0, 4, 'a < b');
}

test('text keeps its place, its colour and its weight, and cannot end the element it stands in', async () => {
  const svg = await drawn(`ab c  ${RED}d<${RESET}${BOLD}e${RESET}`);
  expect(svg).toContain('aria-label="a &lt; b"');
  expect(svg).toContain('<text x="14" y="27" textLength="32">ab c</text>');
  expect(svg).toContain('<text x="62" y="27" textLength="16" fill="#ff7b72">d&lt;</text>');
  expect(svg).toContain('<text x="78" y="27" textLength="8" font-weight="bold">e</text>');
});

test('bars of one height and colour are one rectangle, in eighths of a line from its bottom', async () => {
  const svg = await drawn(`${RED}██▄${RESET}`);
  expect(svg).toContain('<rect x="14" y="14" width="16" height="17" fill="#ff7b72"/>');
  expect(svg).toContain('<rect x="30" y="22.5" width="8" height="8.5" fill="#ff7b72"/>');
});

test('what was overwritten on the screen is not drawn', async () => {
  const svg = await drawn('before\r\u001b[Kafter');
  expect(svg).toContain('>after</text>');
  expect(svg).not.toContain('before');
});
