import * as v from 'valibot';
import { selectionSchema } from './session-filter.ts';
import { inOrder, type Thresholds, threshold } from './threshold.ts';
import { duration, strict, wholeNumber } from './validation.ts';

const age = duration(1, 604_800);

/**
 * The settings people write. All ages are seconds. What is left out is filled in by {@link reclaimSchema}, for some
 * defaults depend on what else is set.
 */
const settings = strict({
  /** `off` does nothing, `dry-run` does everything but the signal, `terminate` ends sessions. Default `off`. */
  mode: v.optional(v.picklist(['off', 'dry-run', 'terminate'])),
  /** The level from which it acts; `always` acts at every check (a reaper). Default `critical`. */
  at: v.optional(v.picklist(['always', 'warning', 'critical', 'full'])),
  /**
   * A session idle for longer is stale when the acting level has just been reached. Default 5.5 minutes: off the round
   * numbers where the keepalives of pools sit.
   */
  idleFor: v.optional(age),
  /** The same for a session that was used once and never again. Default 50, within the two others. */
  usedOnceFor: v.optional(age),
  /** With no slot left, both ages have fallen to this. Default 15, or the lesser of the two where that is less. */
  idleForAtFull: v.optional(age),
  /** A session idle *in a transaction* for longer is stale too; ending it rolls its work back. Default: never. */
  idleInTransactionFor: v.optional(age),
  /** Stop as soon as fewer slots are used. Default: the warning threshold; with `at: 'always'` there is no such end. */
  until: v.optional(threshold),
  /**
   * At most so many sessions at one check, or as many as were opened since the sample before where that is more.
   * Default 100, or `maxPerHour` where that is less.
   */
  maxPerCheck: v.optional(wholeNumber(1, 1000)),
  /** At most so many sessions in any hour, runs and repeated events together. Default 30,000. */
  maxPerHour: v.optional(wholeNumber(1, 100_000)),
  /** Leave at least so many sessions of each role and application_name. Default 0. */
  keepPerApplication: v.optional(wholeNumber(0, 10_000)),
  /**
   * End the one session that most of those waiting for locks wait for, while it is idle in its transaction, whatever
   * `idleInTransactionFor` says. Default false.
   */
  headBlocker: v.optional(v.boolean()),
  /** End only sessions that every list given here names. */
  only: v.optional(selectionSchema),
  /** Never end sessions that any list given here names. */
  except: v.optional(selectionSchema),
});

type Settings = v.InferOutput<typeof settings>;

/** When and how stale sessions are ended. What would do nothing, or contradicts itself, is a mistake. */
export const reclaimSchema = v.pipe(
  settings,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { value } = dataset;
    for (const [key, allowed] of contradictions(value))
      addIssue({
        message: allowed,
        input: value[key],
        path: [{ type: 'object', origin: 'value', input: value, key, value: value[key] }],
      });
  }),
  v.transform((value) => {
    const {
      mode = 'off',
      at = 'critical',
      idleFor = 330,
      maxPerHour = 30_000,
      keepPerApplication = 0,
      headBlocker = false,
    } = value;
    const usedOnceFor = value.usedOnceFor ?? Math.max(Math.min(50, idleFor), value.idleForAtFull ?? 0);
    const idleForAtFull = value.idleForAtFull ?? Math.min(15, usedOnceFor);
    const maxPerCheck = value.maxPerCheck ?? Math.min(100, maxPerHour);
    return {
      ...value,
      mode,
      at,
      idleFor,
      usedOnceFor,
      idleForAtFull,
      maxPerCheck,
      maxPerHour,
      keepPerApplication,
      headBlocker,
    };
  }),
);

/** See {@link reclaimSchema}. Ages are in seconds. */
export type ReclaimPolicy = v.InferOutput<typeof reclaimSchema>;

function contradictions(value: Settings): [keyof Settings, string][] {
  const {
    mode,
    idleFor = 330,
    usedOnceFor = idleFor,
    idleForAtFull,
    maxPerCheck,
    maxPerHour = 30_000,
  } = value;
  const { only } = value;
  const found: [keyof Settings, string][] = [];
  if (mode === undefined && Object.values(value).some((setting) => setting !== undefined))
    found.push(['mode', 'off, dry-run or terminate: without a mode the other settings do nothing']);
  if (usedOnceFor > idleFor)
    found.push(['usedOnceFor', `no more than idleFor (${idleFor}): such a session is not used again`]);
  if (idleForAtFull !== undefined && idleForAtFull > Math.min(idleFor, usedOnceFor))
    found.push([
      'idleForAtFull',
      `no more than idleFor and usedOnceFor (${Math.min(idleFor, usedOnceFor)}): the allowed idle age falls as slots run out`,
    ]);
  if (maxPerCheck !== undefined && maxPerCheck > maxPerHour)
    found.push(['maxPerCheck', `no more than maxPerHour (${maxPerHour})`]);
  if (only?.roles?.[0] !== undefined && only.roles.every((role) => role.startsWith('rds')))
    found.push(['only', 'a role that may be ended: those that begin with rds never are']);
  return found;
}

/** True unless `until` is reached only after the level from which the policy acts: it would stop before it began. */
export function untilFits(policy: ReclaimPolicy, thresholds: Thresholds): boolean {
  if (policy.until === undefined || policy.at === 'always' || policy.at === 'full') return true;
  const acting = thresholds[policy.at];
  return policy.until === acting || inOrder(policy.until, acting);
}
