import * as v from 'valibot';

/** One database in an event of a discovered schedule: what discovery knows, and how its profile has it watched. */
export const entrySchema = v.looseObject({
  name: v.string(),
  host: v.string(),
  discovered: v.object({ resourceId: v.string(), failoverAt: v.optional(v.number()) }),
});

/** See {@link entrySchema}. */
export type Entry = v.InferOutput<typeof entrySchema>;

/** The event of a schedule, as text: the same databases give the same text. */
export function inputOf(databases: readonly Entry[]): string {
  return JSON.stringify({ databases });
}
