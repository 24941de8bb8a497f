import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import xterm from '@xterm/headless';
import { runToEnd } from '../run-to-end.ts';
import { terminalSvg } from './terminal-svg.ts';

// `npm run picture`: runs `npm start` in a terminal of 100 columns and draws its last frame, for the README.
// The terminal comes from script(1) of util-linux, its screen from xterm.js.

const FILE = 'docs/images/replay.svg';
const COLUMNS = 100;
const ROWS = 60;

/** What the first line of the chart says. */
const CHART = 'Used slots of PostgreSQL';

async function main(): Promise<number> {
  const terminal = new xterm.Terminal({
    cols: COLUMNS,
    rows: ROWS,
    allowProposedApi: true,
    scrollback: 5000,
  });
  let picture: string | null = null;
  // The replay leaves the alternate screen at its end: until then the screen shows its last frame.
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'l' }, ([mode]) => {
    if (mode === 1049) picture = pictureOf(terminal);
    return false;
  });
  const command = `stty cols ${COLUMNS} rows ${ROWS} && npm start --silent`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color' },
  });
  child.stdout.on('data', (bytes: Buffer) => terminal.write(bytes));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  await new Promise<void>((resolve) => terminal.write('', resolve));
  if (status !== 0) {
    process.stderr.write(
      `${linesOf(terminal).slice(-ROWS).join('\n')}\nnpm start ended with ${String(status)}: no picture of that\n`,
    );
    return 1;
  }
  if (picture === null) throw new Error('the chart does not stand on the screen');
  mkdirSync('docs/images', { recursive: true });
  writeFileSync(FILE, picture);
  process.stdout.write(`${FILE} is drawn\n`);
  return 0;
}

/** The chart and everything below it; null where there is no chart. */
function pictureOf(terminal: xterm.Terminal): string | null {
  const lines = linesOf(terminal);
  const from = lines.findLastIndex((line) => line.includes(CHART));
  const to = lines.findLastIndex((line) => line !== '') + 1;
  return from === -1 ? null : terminalSvg(terminal, from, to, `The end of npm start: ${lines[from] ?? ''}`);
}

function linesOf({ buffer: { active } }: xterm.Terminal): string[] {
  return Array.from(
    { length: active.length },
    (_, row) => active.getLine(row)?.translateToString(true) ?? '',
  );
}

await runToEnd(main);
