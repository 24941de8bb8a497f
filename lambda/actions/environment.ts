import * as v from 'valibot';
import { profilesSchema } from '../config/pins.ts';
import { parse } from '../config/validation.ts';

const text = v.pipe(v.string(), v.minLength(1));

const environmentSchema = v.object({
  /** Set by Lambda; names the region that IAM tokens are signed for. */
  AWS_REGION: text,
  /** The DynamoDB table that holds the guard's memory. */
  GUARD_TABLE_NAME: text,
  /** The time zone that answers are written in: an IANA name. */
  GUARD_TIME_ZONE: v.optional(text, 'UTC'),
  /** May sessions be ended by hand? */
  GUARD_ACTIONS_TERMINATE: v.optional(v.picklist(['on', 'off']), 'off'),
  /** What only the deployment knew of the databases, by its place in their list such as `0.host`. */
  GUARD_DATABASE_VALUES: v.optional(
    v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string())),
    '{}',
  ),
  /** What discovered databases may ask for. */
  GUARD_PINNED_PROFILES: profilesSchema,
});

/** What the stack tells the function through its environment. */
export type ActionsEnvironment = v.InferOutput<typeof environmentSchema>;

/** @throws {ConfigurationError} naming every variable that is missing or wrong. */
export function readEnvironment(variables: NodeJS.ProcessEnv): ActionsEnvironment {
  return parse(environmentSchema, variables, 'the environment of the function');
}
