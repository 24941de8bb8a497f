import { type CloudWatchClient, type MetricDatum, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DeadlineError, within } from '../../shared/abort.ts';
import { GuardError } from '../../shared/guard-error.ts';
import type { MetricName } from './data-points.ts';

/** CloudWatch's limits for one request (API reference, PutMetricData), the second with room for the rest of the body. */
const MAX_METRICS = 1000;
const MAX_BYTES = 900_000;

/**
 * How long one attempt at a request may take, in ms, and how many there are: a second one of our own, because the SDK does
 * not repeat a request whose answer stalls. Should the first have been carried out after all, its values count twice in
 * sums and not in averages or maxima.
 */
const ATTEMPT = 1500;
const ATTEMPTS = 2;

/** The sign of life: what must not be seen before the data it vouches for. */
const LAST: MetricName = 'CheckSucceeded';

/** Thrown when some of the data could not be published; `cause` has one error for each request that failed. */
export class MetricsPublishError extends GuardError {
  override readonly name = 'MetricsPublishError';
}

/**
 * Sends data points in as few requests as CloudWatch's limits allow, in order, but `CheckSucceeded` after all others.
 * A request that fails does not keep back the next.
 *
 * @throws {MetricsPublishError} after every request had its turn.
 */
export async function publishMetrics(
  client: CloudWatchClient,
  namespace: string,
  data: readonly MetricDatum[],
  signal: AbortSignal,
): Promise<void> {
  const errors: unknown[] = [];
  const batches = requests(data);
  for (const batch of batches) {
    await put(client, namespace, batch, signal).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) {
    const reasons = [...new Set(errors.map(String))].join('; ');
    throw new MetricsPublishError(
      `${errors.length} of ${batches.length} PutMetricData requests failed: ${reasons}`,
      { cause: new AggregateError(errors) },
    );
  }
}

async function put(
  client: CloudWatchClient,
  namespace: string,
  batch: MetricDatum[],
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const command = new PutMetricDataCommand({ Namespace: namespace, MetricData: batch });
      await within(ATTEMPT, signal, (abortSignal) => client.send(command, { abortSignal }));
      return;
    } catch (error) {
      if (!(error instanceof DeadlineError) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Splits data points into requests, each within the limits. */
function requests(data: readonly MetricDatum[]): MetricDatum[][] {
  const ordered = [
    ...data.filter(({ MetricName }) => MetricName !== LAST),
    ...data.filter(({ MetricName }) => MetricName === LAST),
  ];
  const batches: MetricDatum[][] = [];
  let room = 0;
  for (const datum of ordered) {
    const bytes = Buffer.byteLength(JSON.stringify(datum)) + 1;
    const current = batches.at(-1);
    if (current === undefined || current.length === MAX_METRICS || bytes > room) {
      batches.push([datum]);
      room = MAX_BYTES - bytes;
    } else {
      current.push(datum);
      room -= bytes;
    }
  }
  return batches;
}
