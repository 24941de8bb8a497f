import { digestOf } from '../../lambda/config/pins.ts';

/** By this variable the stack tells the function its own events. */
export const PINS = 'GUARD_PINNED_EVENTS';

/** The variable by which an event counts as one of the stack's. */
export function pinning(event: unknown): Readonly<Record<string, string>> {
  const databases =
    typeof event === 'object' && event !== null && 'databases' in event ? event.databases : [];
  return { [PINS]: JSON.stringify([{ digest: digestOf(databases) }]) };
}
