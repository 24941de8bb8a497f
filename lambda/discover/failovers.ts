import * as v from 'valibot';

/**
 * Failovers that are over, by RDS's ids of events: of an instance with a standby, and of a cluster.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
 */
const COMPLETED = new Set(['RDS-EVENT-0015', 'RDS-EVENT-0049', 'RDS-EVENT-0070', 'RDS-EVENT-0071']);

const rdsEventSchema = v.object({
  source: v.literal('aws.rds'),
  time: v.pipe(v.string(), v.isoTimestamp()),
  detail: v.object({ EventID: v.string(), SourceIdentifier: v.string() }),
});

/** When an instance or cluster has failed over, by its identifier, as the event says that started this pass. */
export function failoversIn(event: unknown, now: number): ReadonlyMap<string, number> {
  const parsed = v.safeParse(rdsEventSchema, event);
  if (!parsed.success || !COMPLETED.has(parsed.output.detail.EventID)) return new Map();
  const { time, detail } = parsed.output;
  return new Map([[detail.SourceIdentifier, Math.min(Date.parse(time), now)]]);
}
