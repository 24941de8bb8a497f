/**
 * Every duration in the configuration, the event and the policy is a number of seconds.
 * These helpers keep `guard.config.ts` readable: `idleFor: minutes(5.5)`.
 */

/** `n` seconds, in seconds. */
export const seconds = (n: number): number => n;

/** `n` minutes, in seconds. */
export const minutes = (n: number): number => n * 60;

/** `n` hours, in seconds. */
export const hours = (n: number): number => n * 3600;
