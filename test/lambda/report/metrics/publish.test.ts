import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE } from '../../../../lambda/config/metrics.ts';
import { MetricsPublishError, publishMetrics } from '../../../../lambda/report/metrics/publish.ts';
import { useAws } from '../../../support/aws.ts';

const aws = useAws();
const service = 'cloudwatch';

function datum(MetricName: string, index: number, values = 1): MetricDatum {
  const Dimensions = [{ Name: 'Database', Value: `database ${index}` }];
  return { MetricName, Dimensions, Values: Array.from({ length: values }, (_, value) => value / 7) };
}

const repeat = (count: number, name: string, values = 1) =>
  Array.from({ length: count }, (_, index) => datum(name, index, values));

const publish = (data: readonly MetricDatum[], signal = AbortSignal.timeout(20_000)) =>
  publishMetrics(aws.clients.cloudwatch, METRIC_NAMESPACE, data, signal);

describe('publishing data points', () => {
  it('takes one request for all that fits, the signs of life last', async () => {
    await publish([...repeat(25, 'CheckSucceeded'), ...repeat(25, 'ConnectionsUsed')]);
    expect(aws.endpoint.calls).toHaveLength(1);
    const order = aws.endpoint.metricData.map(
      ({ metric, dimensions }) => `${metric} ${dimensions['Database']}`,
    );
    expect(order[0]).toBe('ConnectionsUsed database 0');
    expect(order[24]).toBe('ConnectionsUsed database 24');
    expect(order.slice(25).every((entry) => entry.startsWith('CheckSucceeded'))).toBe(true);
  });

  it('splits at 1000 metrics and under 1 MB', async () => {
    await publish(repeat(2001, 'ConnectionsUsed'));
    expect(aws.endpoint.calls).toHaveLength(3);
    await publish(repeat(600, 'ConnectionsUsed', 150));
    expect(aws.endpoint.calls).toHaveLength(5);
    expect(aws.endpoint.calls.every(({ outcome }) => outcome === 'ok')).toBe(true);
    expect(aws.endpoint.metricData).toHaveLength(2601);
  });

  it('sends nothing when there is nothing', async () => {
    await publish([]);
    expect(aws.endpoint.calls).toEqual([]);
  });

  it.each(['throttle', 'server-error', 'reset', 'lose-reply'] as const)(
    'survives a passing %s',
    async (kind) => {
      aws.endpoint.fail({ service, kind, times: 1 });
      await publish(repeat(1, 'ConnectionsUsed'));
      expect(aws.endpoint.calls.map(({ outcome }) => outcome).at(-1)).toBe('ok');
    },
  );

  it('tries every request before it says which failed', async () => {
    aws.endpoint.fail({ service, kind: 'server-error', times: 3 });
    const failed = publish(repeat(2001, 'ConnectionsUsed'));
    await expect(failed).rejects.toThrow(/^1 of 3 PutMetricData requests failed: /);
    await expect(failed).rejects.toBeInstanceOf(MetricsPublishError);
    expect(aws.endpoint.metricData).toHaveLength(1001);
  });

  it('ends with its signal when CloudWatch does not answer', async () => {
    aws.endpoint.fail({ service, kind: 'hang' });
    await expect(publish(repeat(1, 'ConnectionsUsed'), AbortSignal.timeout(100))).rejects.toThrow('abort');
    expect(aws.endpoint.calls).toHaveLength(1);
  });
});
