import { readMetricsFile } from '../metrics-file.ts';

/** The most sessions that each role held at once, over a time watched. */
export interface Peaks {
  readonly byRole: ReadonlyMap<string, number>;
  readonly samples: number;
  /** Ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the peaks of one server from a metrics file of `watch`.
 *
 * @returns null when the file has no sample of this server.
 * @throws {UsageError} when it cannot be read.
 */
export async function readPeaks(
  file: string,
  server: { readonly host: string; readonly port: number },
): Promise<Peaks | null> {
  const byRole = new Map<string, number>();
  let [samples, from, to] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const { at, host, port, holders } of readMetricsFile(file)) {
    if (host !== server.host || port !== server.port) continue;
    [samples, from, to] = [samples + 1, Math.min(from, at), Math.max(to, at)];
    const held = new Map<string, number>();
    for (const { role, count } of holders) if (role !== null) held.set(role, (held.get(role) ?? 0) + count);
    for (const [role, count] of held) byRole.set(role, Math.max(byRole.get(role) ?? 0, count));
  }
  return samples === 0 ? null : { byRole, samples, from, to };
}
