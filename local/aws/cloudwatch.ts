import type { MetricRecord } from './records.ts';
import { isObject, parseObject, ServiceError } from './wire.ts';

// Limits: CloudWatch API reference, PutMetricData, MetricDatum, Dimension; CloudWatch quotas.
const MAX_BYTES = 1_000_000;
const MAX_METRICS = 1000;
const MAX_DIMENSIONS = 30;
const MAX_UNIQUE_VALUES = 150;
const GREATEST = 2 ** 360;
const TWO_WEEKS_MS = 14 * 86_400_000;
const TWO_HOURS_MS = 2 * 3_600_000;

const UNITS = new Set(
  `Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits
  Terabits Percent Count Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second Bits/Second
  Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second None`.split(/\s+/),
);

/**
 * The metrics of one PutMetricData request.
 *
 * @param body the request after decompression; the 1 MB limit is applied to it.
 * @param now ms since the epoch.
 * @throws {ServiceError} for the whole request when any part of it breaks a documented limit, as CloudWatch does.
 */
export function putMetricData(body: string, now: number): MetricRecord[] {
  if (Buffer.byteLength(body) > MAX_BYTES) {
    throw new ServiceError('RequestEntityTooLarge', 'the request is larger than 1 MB', 413);
  }
  const { Namespace: namespace, MetricData: data } = parseObject(body);
  if (typeof namespace !== 'string') throw missing('Namespace');
  checkName(namespace, 'Namespace');
  if (namespace.startsWith('AWS/'))
    throw invalid('Namespace', 'must not start with AWS/: it is reserved for AWS');
  if (!Array.isArray(data) || data.length === 0) throw missing('MetricData');
  if (data.length > MAX_METRICS) throw invalid('MetricData', `must have at most ${MAX_METRICS} members`);
  return data.map((datum: unknown, index) => {
    const path = `MetricData.member.${index + 1}`;
    if (!isObject(datum)) throw invalid(path, 'must be a structure');
    return { namespace, ...readDatum(datum, path, now), at: now };
  });
}

function readDatum(datum: Record<string, unknown>, path: string, now: number) {
  const { MetricName: metric, Unit: unit = 'None', Timestamp: stamp = now / 1000 } = datum;
  const { StorageResolution: resolution = 60 } = datum;
  if (typeof metric !== 'string') throw missing(`${path}.MetricName`);
  checkName(metric, `${path}.MetricName`);
  if (typeof unit !== 'string' || !UNITS.has(unit)) throw invalid(`${path}.Unit`, 'is not a known unit');
  if (typeof stamp !== 'number') throw invalid(`${path}.Timestamp`, 'must be a time');
  const timestamp = stamp * 1000;
  if (timestamp < now - TWO_WEEKS_MS || timestamp > now + TWO_HOURS_MS) {
    throw invalid(`${path}.Timestamp`, 'must be within the last two weeks and the next two hours');
  }
  if (resolution !== 1 && resolution !== 60) throw invalid(`${path}.StorageResolution`, 'must be 1 or 60');
  return { metric, unit, timestamp, dimensions: readDimensions(datum, path), ...readValues(datum, path) };
}

function readDimensions(datum: Record<string, unknown>, path: string): Record<string, string> {
  const { Dimensions: list = [] } = datum;
  if (!Array.isArray(list)) throw invalid(`${path}.Dimensions`, 'must be a list');
  if (list.length > MAX_DIMENSIONS)
    throw invalid(`${path}.Dimensions`, `must have at most ${MAX_DIMENSIONS} members`);
  const dimensions: Record<string, string> = {};
  for (const [index, entry] of list.entries()) {
    const at = `${path}.Dimensions.member.${index + 1}`;
    const { Name: name, Value: value }: Record<string, unknown> = isObject(entry) ? entry : {};
    if (typeof name !== 'string') throw missing(`${at}.Name`);
    if (typeof value !== 'string') throw missing(`${at}.Value`);
    checkName(name, `${at}.Name`);
    checkText(value, `${at}.Value`, 1024);
    if (Object.hasOwn(dimensions, name)) throw invalid(`${at}.Name`, 'must not be given twice');
    dimensions[name] = value;
  }
  return dimensions;
}

/** Exactly one of Value, Values with or without Counts, and StatisticValues (which this project never sends). */
function readValues(datum: Record<string, unknown>, path: string) {
  const { Value: value, Values: values, Counts: counts, StatisticValues: statistics } = datum;
  if (statistics !== undefined) throw invalid(`${path}.StatisticValues`, 'is not known to this endpoint');
  if ((value === undefined) === (values === undefined)) {
    throw new ServiceError(
      'InvalidParameterCombination',
      `${path}: exactly one of Value and Values is needed`,
    );
  }
  if (values === undefined) return { values: [readNumber(value, `${path}.Value`)], counts: [1] };
  if (!Array.isArray(values) || values.length === 0) throw invalid(`${path}.Values`, 'must not be empty');
  if (values.length > MAX_UNIQUE_VALUES)
    throw invalid(`${path}.Values`, `must have at most ${MAX_UNIQUE_VALUES} members`);
  if (new Set(values).size < values.length) throw invalid(`${path}.Values`, 'must list each value once');
  const repeats: unknown = counts ?? values.map(() => 1);
  if (!Array.isArray(repeats) || repeats.length !== values.length) {
    throw invalid(`${path}.Counts`, 'must have the same length as Values');
  }
  return {
    values: values.map((entry: unknown) => readNumber(entry, `${path}.Values`)),
    counts: repeats.map((entry: unknown) => {
      const count = readNumber(entry, `${path}.Counts`);
      if (count <= 0) throw invalid(`${path}.Counts`, 'must be greater than 0');
      return count;
    }),
  };
}

/** The SDK writes NaN and the infinities as strings; CloudWatch refuses them. */
function readNumber(value: unknown, path: string): number {
  const size = typeof value === 'number' ? Math.abs(value) : Number.NaN;
  if (typeof value !== 'number' || !(size <= GREATEST) || (size > 0 && size < 1 / GREATEST)) {
    throw invalid(path, `must be a number of a size from 2^-360 to 2^360, found ${String(value)}`);
  }
  return value;
}

function checkName(name: string, path: string): void {
  checkText(name, path, 255);
  if (name.startsWith(':')) throw invalid(path, 'must not start with a colon');
}

function checkText(text: string, path: string, longest: number): void {
  if (text.length === 0 || text.length > longest) throw invalid(path, `must have 1 to ${longest} characters`);
  if (!/^[\x20-\x7e]+$/.test(text)) throw invalid(path, 'must contain only printable ASCII characters');
  if (text.trim() === '') throw invalid(path, 'must contain a character that is not white space');
}

function invalid(path: string, rule: string): ServiceError {
  return new ServiceError('InvalidParameterValue', `The value for parameter ${path} ${rule}.`);
}

function missing(path: string): ServiceError {
  return new ServiceError('MissingParameter', `The parameter ${path} is required.`);
}
