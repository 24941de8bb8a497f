import * as v from 'valibot';
import { strict } from '../schema.ts';

/** When and how stale sessions are ended. Durations in seconds. */
export const reclaimSchema = strict({
  /** `off` does nothing, `dry-run` does everything but the signal, `terminate` ends sessions. */
  mode: v.optional(v.picklist(['off', 'dry-run', 'terminate']), 'off'),
});

/** See {@link reclaimSchema}. */
export type ReclaimPolicy = v.InferOutput<typeof reclaimSchema>;
