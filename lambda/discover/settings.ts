import * as v from 'valibot';

/** The tag whose value names the profile; with `:warning` or `:critical` behind it, the tag of a threshold. */
export const TAG = 'connection-guard';

/** The engines that can be watched, in RDS's words. */
export const ENGINES = ['postgres', 'aurora-postgresql'] as const;

/** The port of a profile that names none. */
export const DEFAULT_PORT = 5432;

const settingsSchema = v.object({
  /** What follows the identifier in every endpoint of the account and region. */
  domain: v.string(),
  /** Tags that a database has to have besides {@link TAG}. */
  tags: v.record(v.string(), v.string()),
  engines: v.array(v.picklist(ENGINES)),
  /** How databases are watched: an entry of the guard's event without name and host, by the value of the tag. */
  profiles: v.record(v.string(), v.record(v.string(), v.unknown())),
  /** The most that is watched. */
  atMost: v.number(),
  databasesPerRun: v.number(),
});

/** What the configuration says of discovery. */
export type DiscoverSettings = Readonly<v.InferOutput<typeof settingsSchema>>;

const environmentSchema = v.object({
  /** {@link DiscoverSettings} as JSON. */
  GUARD_DISCOVER: v.pipe(v.string(), v.parseJson(), settingsSchema),
  /** The group of the schedules that are rewritten: it holds no other. */
  GUARD_DISCOVERED_GROUP: v.string(),
  /** The group of the schedules of what is configured by hand: read only. */
  GUARD_SCHEDULE_GROUP: v.string(),
  /** What a schedule invokes, with which role, and where what failed goes. */
  GUARD_FUNCTION_ARN: v.string(),
  GUARD_SCHEDULE_ROLE_ARN: v.string(),
  GUARD_DEAD_LETTERS_ARN: v.string(),
  /** The guard's table: discovery has one item of its own in it. */
  GUARD_TABLE_NAME: v.string(),
  /** Where its notifications go. */
  GUARD_WARNING_TOPIC_ARN: v.string(),
});

/** What the stack tells the function through its environment. */
export type DiscoverEnvironment = v.InferOutput<typeof environmentSchema>;

/**
 * Reads the function's environment variables.
 *
 * @throws {v.ValiError} when one is missing or wrong.
 */
export function readDiscoverEnvironment(variables: NodeJS.ProcessEnv): DiscoverEnvironment {
  return v.parse(environmentSchema, variables);
}
