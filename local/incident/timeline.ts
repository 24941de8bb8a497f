import { LEVELS, type Level } from '../../lambda/model/level.ts';

/** What the server itself says at one moment, the guard's own session left out. */
export interface Measurement {
  /** Ms from the start. */
  readonly at: number;
  /** Slots that the application's sessions take. */
  readonly used: number;
  /** Slots that the guard's own session takes. */
  readonly guard: number;
  readonly active: number;
  /** Idle, for 3 s at the most: in use by all appearances. */
  readonly idleShortly: number;
  /** Idle for more than 3 s. */
  readonly idleLonger: number;
  readonly inTransaction: number;
}

/** A level and when it was reached, in ms from the start. */
export interface LevelReached {
  readonly level: Level;
  readonly at: number;
}

/** What levels are measured by, in slots. */
export interface Limits {
  readonly warning: number;
  readonly critical: number;
  readonly usable: number;
}

/** The level that a measurement stands for. Full: an ordinary login would be refused now. */
export function levelOf({ used, guard }: Measurement, { warning, critical, usable }: Limits): Level {
  if (used + guard >= usable) return 'full';
  if (used >= critical) return 'critical';
  return used >= warning ? 'warning' : 'ok';
}

/**
 * When each level was reached: every level worse than all before it at its first measurement, and at the end `ok` if the
 * measurements came back to it and stayed. Swings about a threshold are left out.
 */
export function levelsReached(measurements: readonly Measurement[], limits: Limits): LevelReached[] {
  const reached: LevelReached[] = [];
  let worst: Level = 'ok';
  let okSince: number | null = null;
  for (const measurement of measurements) {
    const level = levelOf(measurement, limits);
    if (LEVELS.indexOf(level) > LEVELS.indexOf(worst)) {
      // One that was passed between two measurements was reached as well.
      for (const passed of LEVELS.slice(LEVELS.indexOf(worst) + 1, LEVELS.indexOf(level) + 1)) {
        reached.push({ level: passed, at: measurement.at });
      }
      worst = level;
    }
    okSince = level === 'ok' ? (okSince ?? measurement.at) : null;
  }
  if (reached.length > 0 && okSince !== null) reached.push({ level: 'ok', at: okSince });
  return reached;
}
