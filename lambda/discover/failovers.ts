import * as v from 'valibot';

/**
 * Failovers that are over, by RDS's ids of events. Of an instance with a standby: 0015, "Multi-AZ failover to standby
 * complete", and 0049, "Multi-AZ instance failover completed". Of a cluster, Aurora or Multi-AZ: 0071, "Completed
 * failover to DB instance". Others of the category are begun (0013, 0072, 0073), given up (0034), failed (0069) or go on
 * (0070, "Promoting previous primary again").
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
 */
const COMPLETED = new Set(['RDS-EVENT-0015', 'RDS-EVENT-0049', 'RDS-EVENT-0071']);

const rdsEventSchema = v.object({
  source: v.literal('aws.rds'),
  time: v.pipe(v.string(), v.isoTimestamp()),
  detail: v.object({ EventID: v.string(), SourceIdentifier: v.string() }),
});

/**
 * When an instance or cluster has failed over, by its identifier, as the event says that started this pass.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-cloudwatch-events.sample.html which names the source
 * `rds:my-db-instance`; others are seen without the prefix, and no identifier has a colon.
 */
export function failoversIn(event: unknown, now: number): ReadonlyMap<string, number> {
  const parsed = v.safeParse(rdsEventSchema, event);
  if (!parsed.success || !COMPLETED.has(parsed.output.detail.EventID)) return new Map();
  const { time, detail } = parsed.output;
  return new Map([[detail.SourceIdentifier.replace(/^rds:/, ''), Math.min(Date.parse(time), now)]]);
}
