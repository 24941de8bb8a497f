import { liveRegion } from '../../../cli/terminal/live.ts';
import { type Style, styleFor, wantsColour } from '../../../cli/terminal/style.ts';
import { truncate, wrap } from '../../../cli/terminal/width.ts';
import { total } from '../application/ledger.ts';
import type { ReclaimMode } from '../outcome.ts';
import type { AlertEmail, ReplayAudience } from '../replay.ts';
import type { Stage } from '../stage.ts';
import { levelOf, type Measurement } from '../timeline.ts';
import { frame } from './frame.ts';
import { clock, levelWord } from './words.ts';

/** Shows a replay while it goes on. */
export interface Show {
  readonly audience: ReplayAudience;
  readonly style: Style;
  /** Lasting lines. */
  print(lines: readonly string[]): void;
  end(): void;
}

/** Lines of the screen that are left to the last message. */
const MESSAGE_LINES = 7;

/** Text is not set wider than this, however wide the terminal is. */
const MAX_TEXT_COLUMNS = 110;

/** Without a terminal there is one line about the slots in this many ms. */
const PLAIN_LINE_EVERY_MS = 5000;

/** A live chart with the last messages below it; at the end the terminal shows all of them. */
export function liveShow(stream: NodeJS.WriteStream, reclaim: ReclaimMode): Show {
  const style = styleFor(wantsColour(stream));
  const region = liveRegion(stream, process.stdin);
  let story = '';
  const draw = (stage: Stage) => {
    // One column stays free: some terminals wrap when the last one is written.
    const [columns, rows] = [
      Math.max(1, (stream.columns || 80) - 1),
      Math.max(1, (stream.rows || 24) - MESSAGE_LINES),
    ];
    const lines = frame({ ...stage, reclaim, story }, columns, rows, style);
    region.draw(lines);
  };
  const textColumns = () => Math.min(MAX_TEXT_COLUMNS, Math.max(20, (stream.columns || 80) - 1));
  return {
    style,
    audience: {
      onMeasurement: draw,
      onAlert: (_stage, alert) => region.print(alertLines(alert, textColumns(), style)),
      onStory: (stage, text) => {
        story = `${clock(stage.elapsed())} ${text}`;
      },
    },
    print: (lines) => region.print(lines.flatMap((line) => wrap(line, textColumns()))),
    end: () => region.end(),
  };
}

/** The same in plain lines, for a pipe or a file. */
export function plainShow(write: (text: string) => void): Show {
  const style = styleFor(false);
  const print = (lines: readonly string[]) => write(lines.map((line) => `${line}\n`).join(''));
  let nextLineAt = 0;
  return {
    style,
    audience: {
      onMeasurement: (stage, measurement) => {
        if (measurement.at < nextLineAt) return;
        nextLineAt += PLAIN_LINE_EVERY_MS;
        print([measurementLine(stage, measurement)]);
      },
      onAlert: (_stage, alert) => print(alertLines(alert, MAX_TEXT_COLUMNS, style)),
      onStory: (stage, text) => print([`${clock(stage.elapsed())}  ${text}`]),
    },
    print,
    end: () => {},
  };
}

function measurementLine({ limits, ledger }: Stage, now: Measurement): string {
  const states = `active ${now.active}, in transaction ${now.inTransaction}, idle up to 3 s ${now.idleShortly}, longer ${now.idleLonger}`;
  const counts = `logins refused ${ledger.refusedAt.length}, sessions ended ${ledger.endedAt.length}, living ones cut ${total(ledger.cut)}`;
  return `${clock(now.at)}  used ${now.used} of ${limits.usable} (${levelOf(now, limits)}): ${states}; ${counts}`;
}

/** A message as it would arrive, in a frame of its own. */
function alertLines({ at, level, subject, text }: AlertEmail, columns: number, style: Style): string[] {
  const head = `${clock(at, 1)} message sent, level ${levelWord(level, style)} `;
  const body = [style('bold', subject), '', ...text.trimEnd().split('\n')];
  return [
    '',
    truncate(`┌ ${head}`, columns),
    ...body.flatMap((line) => wrap(line, columns - 2)).map((line) => `│ ${line}`.trimEnd()),
    '└',
  ];
}
