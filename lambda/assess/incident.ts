/** A readable name for a thread of messages, of characters that any chat accepts. `at` in ms since the epoch. */
export function threadId(database: string, about: 'slots' | 'reach' | 'visibility', at: number): string {
  const instant = new Date(at).toISOString().replace(/[-:.]/g, '');
  return `${database.replace(/[^A-Za-z0-9]+/g, '-')}-${about}-${instant}`;
}
