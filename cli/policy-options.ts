import type { DatabaseInput } from '../lambda/config/database.ts';
import type { Selectable, Selection } from '../lambda/config/session-filter.ts';
import { inEvery, selectionSchema } from '../lambda/config/session-filter.ts';
import { parse } from '../lambda/config/validation.ts';
import type { Override } from './connection/connection.ts';
import { choice, count, duration, grouped, list, type OptionValues, text } from './options.ts';

/** The options that say which sessions are meant. */
export const selectionOptions = grouped('Which sessions', {
  role: list('--role <name>', 'only sessions of this role; name* for all that begin so, several with commas'),
  application: list('--application <name>', "only of this application_name; '' for none"),
  database: list('--database <name>', 'only in this database'),
  client: list('--client <network>', 'only from this address or network, such as 10.0.3.0/24'),
});

/** The options that say which sessions are spared. */
export const exceptOptions = grouped('Which sessions', {
  exceptRole: list('--except-role <name>', 'never sessions of this role'),
  exceptApplication: list('--except-application <name>', 'never of this application_name'),
  exceptDatabase: list('--except-database <name>', 'never in this database'),
  exceptClient: list('--except-client <network>', 'never from this address or network'),
});

/** The options that set the thresholds, as in the configuration. */
export const thresholdOptions = {
  warning: text(
    '--warning <threshold>',
    "a count of used slots (100), a share of usable (70%), or what is left ('20 left')",
  ),
  critical: text('--critical <threshold>', 'the same for critical; defaults 70% and 85%'),
};

/** The options that only a policy that goes on acting needs. */
export const reclaimOptions = {
  at: choice(
    '--at <level>',
    ['always', 'warning', 'critical', 'full'],
    'the level from which sessions are ended (default critical)',
  ),
  idleFor: duration(
    '--idle-for <duration>',
    'end sessions idle for longer (default 5m30s); falls as slots run out',
  ),
  usedOnceFor: duration(
    '--used-once-for <duration>',
    'the same for sessions used once and never again (default 50s)',
  ),
  idleForAtFull: duration(
    '--idle-for-at-full <duration>',
    'what both have fallen to with no slot left (default 15s)',
  ),
  idleInTransactionFor: duration(
    '--idle-in-transaction-for <duration>',
    'end those idle in a transaction too, rolling it back (default never)',
  ),
  until: text('--until <threshold>', 'stop when fewer slots are used (default: the warning threshold)'),
  maxPerCheck: count('--max-per-check <n>', 'end at most so many at one check (default 100)', 1, 1000),
  maxPerHour: count('--max-per-hour <n>', 'end at most so many in an hour (default 30000)', 1, 100_000),
  keepPerApplication: count(
    '--keep-per-application <n>',
    'leave at least so many of each role and application',
    0,
    10_000,
  ),
  ...selectionOptions,
  ...exceptOptions,
};

type ThresholdValues = OptionValues<typeof thresholdOptions>;
type SelectionValues = OptionValues<typeof selectionOptions>;
type ExceptValues = OptionValues<typeof exceptOptions>;

/** Puts the thresholds given on the command line in place of those of the configuration. */
export function thresholdOverride(values: ThresholdValues): Override {
  return ({ thresholds }) =>
    values.warning === undefined && values.critical === undefined
      ? {}
      : {
          thresholds: {
            warning:
              values.warning === undefined ? (thresholds?.warning ?? '70%') : thresholdOf(values.warning),
            critical:
              values.critical === undefined ? (thresholds?.critical ?? '85%') : thresholdOf(values.critical),
          },
        };
}

/** A bare number is a count of slots; the schema judges the rest. */
function thresholdOf(written: string): number | string {
  return /^\d{1,6}$/.test(written) ? Number(written) : written;
}

/** A reclaim policy of the configuration with the options given put in, in the configuration's form. */
export function reclaimWith(
  values: OptionValues<typeof reclaimOptions>,
  mode: 'terminate' | 'dry-run',
  written: DatabaseInput['reclaim'],
): Readonly<Record<string, unknown>> {
  return {
    ...written,
    mode,
    ...given({
      at: values.at,
      idleFor: values.idleFor,
      usedOnceFor: values.usedOnceFor,
      idleForAtFull: values.idleForAtFull,
      idleInTransactionFor: values.idleInTransactionFor,
      until: values.until === undefined ? undefined : thresholdOf(values.until),
      maxPerCheck: values.maxPerCheck,
      maxPerHour: values.maxPerHour,
      keepPerApplication: values.keepPerApplication,
      only: onlyOf(values),
      except: exceptOf(values, written?.except),
    }),
  };
}

/** The selection that the filters make, in the configuration's form; undefined without any. */
export function onlyOf(values: SelectionValues): Readonly<Record<string, unknown>> | undefined {
  return selectionOf(values.role, values.application, values.database, values.client);
}

/** The same for what is spared: what the configuration spares stays spared. */
export function exceptOf(
  values: ExceptValues,
  written: Selection | undefined,
): Readonly<Record<string, unknown>> | undefined {
  return selectionOf(
    [...(written?.roles ?? []), ...values.exceptRole],
    [...(written?.applications ?? []), ...values.exceptApplication],
    [...(written?.databases ?? []), ...values.exceptDatabase],
    [...(written?.clients ?? []), ...values.exceptClient],
  );
}

/**
 * Whether a session is one that the filters mean: all of them, without any.
 *
 * @throws {ConfigurationError}
 */
export function filterOf(values: SelectionValues): (session: Selectable) => boolean {
  const selection = onlyOf(values);
  if (selection === undefined) return () => true;
  return inEvery(checkedSelection(selection));
}

/**
 * Checks a selection made of options.
 *
 * @throws {ConfigurationError}
 */
export function checkedSelection(selection: Readonly<Record<string, unknown>>): Selection {
  return parse(selectionSchema, selection, 'the filter');
}

type Names = readonly string[];

function selectionOf(roles: Names, applications: Names, databases: Names, clients: Names) {
  const written = Object.entries({ roles, applications, databases, clients }).filter(
    ([, items]) => items.length > 0,
  );
  return written.length === 0 ? undefined : Object.fromEntries(written);
}

/** Only what was given: the schema tells "left out" from "undefined". */
function given(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
