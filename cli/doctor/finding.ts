import { isPasteable, quoteIdentifier } from '../../lambda/report/message/quoting.ts';

/**
 * How much a finding matters: `good` is as it should be, `advice` makes the server or the guard stronger, `problem`
 * keeps the guard from working here.
 */
export type Weight = 'good' | 'advice' | 'problem';

/** One thing that doctor has found. */
export interface Finding {
  /** A fixed word, for scripts. */
  readonly topic: string;
  readonly weight: Weight;
  /** One line: what is so, and what it means. */
  readonly text: string;
  /** What to paste to mend it, a statement or command a line; empty when there is nothing to do. */
  readonly remedy: readonly string[];
}

/** As it should be. */
export function good(topic: string, text: string): Finding {
  return { topic, weight: 'good', text, remedy: [] };
}

/** Could be better. */
export function advice(topic: string, text: string, remedy: readonly string[]): Finding {
  return { topic, weight: 'advice', text, remedy };
}

/** Keeps the guard from working. */
export function problem(topic: string, text: string, remedy: readonly string[]): Finding {
  return { topic, weight: 'problem', text, remedy };
}

/**
 * A statement about a role; a comment instead of it where the name is not fit to be pasted, by the rule of the messages.
 *
 * @param write the statement, given the quoted name.
 */
export function aboutRole(name: string, write: (quoted: string) => string): string {
  return isPasteable(name)
    ? write(quoteIdentifier(name))
    : '-- a role whose name is not safe to paste: write its statement by hand';
}

/** The statement or command that sets a server setting: on RDS a parameter of the group, elsewhere ALTER SYSTEM. */
export function setting(
  isRds: boolean,
  name: string,
  value: string,
  needsRestart: boolean,
): readonly string[] {
  if (isRds) {
    const apply = needsRestart ? 'pending-reboot' : 'immediate';
    return [
      "aws rds modify-db-parameter-group --db-parameter-group-name '<group>' \\",
      `  --parameters "ParameterName=${name},ParameterValue=${value},ApplyMethod=${apply}"`,
    ];
  }
  return [
    `ALTER SYSTEM SET ${name} = ${value};`,
    needsRestart ? '-- then restart the server' : 'SELECT pg_catalog.pg_reload_conf();',
  ];
}
