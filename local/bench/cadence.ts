import { row } from './report.ts';

// How often the guard samples, against how fast a server fills: a model with plain data, no server.

/** A server of 200 with 3 reserved slots, 20 sessions at first, and the default thresholds in used slots. */
const SERVER = { usable: 197, atFirst: 20, warning: 138, critical: 168 };

/** Slots that are taken in a second. */
const RATES = [0.5, 1, 2.5, 5, 7.5];

const CADENCES = [60, 30, 15, 5];

/** Moments of the sampling interval at which the leak begins, evenly spread. */
const PHASES = 1000;

/** Share of leaks, in percent, of which the first sample at level warning or worse is already critical, or full. */
export function firstSeen(everySeconds: number, perSecond: number): { critical: number; full: number } {
  const { usable, atFirst, warning, critical } = SERVER;
  const counts = { critical: 0, full: 0 };
  for (let phase = 0; phase < PHASES; phase++) {
    const offset = ((phase + 0.5) / PHASES) * everySeconds;
    const warnedAt = (warning - atFirst) / perSecond;
    const sampledAt = offset + Math.max(0, Math.ceil((warnedAt - offset) / everySeconds)) * everySeconds;
    const used = atFirst + Math.floor(sampledAt * perSecond);
    if (used >= usable) counts.full++;
    else if (used >= critical) counts.critical++;
  }
  return { critical: (100 * counts.critical) / PHASES, full: (100 * counts.full) / PHASES };
}

/** Prints the share for each cadence and rate. */
export function showCadences(): void {
  for (const every of CADENCES) {
    const shares = RATES.map((rate) => {
      const { critical, full } = firstSeen(every, rate);
      return `${rate}/s ${critical.toFixed(0)}/${full.toFixed(0)} %`;
    });
    row(`leaks first seen at CRITICAL/FULL, a sample every ${every} s`, shares.join(', '), '');
  }
}
