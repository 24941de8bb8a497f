import * as v from 'valibot';
import { databaseName } from '../../lambda/config/database.ts';
import { parse } from '../../lambda/config/validation.ts';
import { type Holder, NAME_LENGTH } from '../../lambda/model/holders.ts';
import { LEVELS } from '../../lambda/model/level.ts';
import { printable } from '../../lambda/shared/printable.ts';

/** The version of the line that is understood. */
const VERSION = 1;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((written) => Date.parse(written)),
);
/** The log holds what servers say: cleaned and bounded before anything is drawn. */
const name = v.pipe(
  v.string(),
  v.transform((text) => printable(text, NAME_LENGTH)),
);

const holder = v.pipe(
  v.object({
    application: v.optional(name, ''),
    role: v.optional(name),
    client: v.optional(name),
    sessions: count,
    idle: count,
    oldestIdle: v.optional(v.number()),
  }),
  v.transform(
    ({ application, role, client, sessions, idle, oldestIdle }): Holder => ({
      application,
      role: role ?? null,
      client: client ?? null,
      count: sessions,
      idle,
      oldestIdleAge: oldestIdle ?? null,
    }),
  ),
);

const holdersLine = v.object({
  event: v.literal('check.holders'),
  version: v.literal(VERSION),
  sampled: time,
  held: v.picklist(LEVELS),
  used: count,
  usable: count,
  warning: count,
  critical: count,
  holders: v.array(holder),
  otherHolders: v.optional(count, 0),
  otherSessions: v.optional(count, 0),
  scores: v.optional(v.array(v.object({ rule: name, tried: v.number(), wrong: v.number() })), []),
});

/** Who held the slots at one moment: the line that the function logs once a minute. `sampled` in ms since the epoch. */
export type HoldersLine = v.InferOutput<typeof holdersLine>;

const refusedLine = v.object({
  event: v.literal('check.done'),
  kind: v.literal('refused'),
  timestamp: time,
});

const anyLine = v.pipe(v.string(), v.parseJson(), v.union([holdersLine, refusedLine]));

/** What the log says of a stretch of time, oldest first. */
export interface LogHistory {
  readonly lines: readonly HoldersLine[];
  /** When the server refused the guard itself, ms since the epoch. */
  readonly refused: readonly number[];
  /** Lines that are not understood: another version of the function wrote them. */
  readonly unknown: number;
}

/**
 * The query for all that {@link readLog} understands, the newest first.
 *
 * The name stands in the query's quotes: what may be a database's name has no character that could end them.
 *
 * @throws {ConfigurationError} for what cannot be the name of a database.
 */
export function historyQuery(database: string): string {
  const checked = parse(databaseName, database, 'the database');
  return [
    'fields @message',
    `filter database = "${checked}" and (event = "check.holders" or event = "check.done" and kind = "refused")`,
    'sort @timestamp desc',
    'limit 10000',
  ].join('\n| ');
}

/** Reads log lines, in any order. */
export function readLog(messages: readonly string[]): LogHistory {
  const lines: HoldersLine[] = [];
  const refused: number[] = [];
  let unknown = 0;
  for (const message of messages) {
    const read = v.safeParse(anyLine, message);
    if (!read.success) unknown += 1;
    else if (read.output.event === 'check.holders') lines.push(read.output);
    else refused.push(read.output.timestamp);
  }
  return {
    lines: lines.sort((a, b) => a.sampled - b.sampled),
    refused: refused.sort((a, b) => a - b),
    unknown,
  };
}
