import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { UsageError } from './usage-error.ts';

/** What `watch --metrics-file` writes of a sample; lines of other observations have no holders. */
const lineSchema = v.object({
  at: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.transform((written) => Date.parse(written)),
  ),
  kind: v.literal('sample'),
  host: v.string(),
  port: v.number(),
  holders: v.array(
    v.object({
      application: v.string(),
      role: v.nullable(v.string()),
      client: v.nullable(v.string()),
      count: v.number(),
      idle: v.number(),
    }),
  ),
});

/** One sample of a metrics file. `at` in ms since the epoch. */
export type MetricsSample = v.InferOutput<typeof lineSchema>;

/**
 * The samples of a metrics file, a line at a time: it may hold weeks.
 *
 * @throws {UsageError} when it cannot be read, or a line is not JSON.
 */
export async function* readMetricsFile(file: string): AsyncGenerator<MetricsSample> {
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number += 1;
      const result = line.trim() === '' ? null : v.safeParse(lineSchema, JSON.parse(line));
      if (result?.success) yield result.output;
    }
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `line ${number} is not JSON` : String(cause);
    throw new UsageError(`--metrics-file ${file} cannot be read: ${why}`, { cause });
  }
}
