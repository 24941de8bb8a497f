import type { Alert } from './alert.ts';

/** What was logged, line by line. */
const CHECKS = 'fields @timestamp, level, event, database | sort @timestamp desc';

/** Shown around an incident, in ms: how it came, and what came after. */
const AROUND = 10 * 60_000;

/**
 * The console's page of the log, with the last hour of it.
 *
 * @param template the page's address as the stack writes it, with RANGE and QUERY in it.
 */
export function lastHourUrl(template: string): string {
  return filled(template, "end~0~start~-3600~timeType~'RELATIVE~unit~'seconds", CHECKS);
}

/** The same page with who held the slots in the incident that is over; undefined for any other message. */
export function incidentUrl(
  template: string | undefined,
  { notification: { kind, incident, at }, database }: Pick<Alert, 'notification' | 'database'>,
): string | undefined {
  if (template === undefined || kind !== 'recovered' || incident === null) return undefined;
  const iso = (moment: number) => escaped(new Date(moment).toISOString());
  const range = `end~'${iso(at + AROUND)}~start~'${iso(incident.startedAt - AROUND)}~timeType~'ABSOLUTE~tz~'UTC`;
  // A database's name has no character that could end the quotes.
  const query =
    `filter event = "check.holders" and database = "${database.name}" | fields jsonParse(@message) as line | ` +
    'unnest line.holders into holder | stats sum(holder.sessions) as sessions by bin(1m), holder.application, holder.role';
  return filled(template, range, query);
}

function filled(template: string, range: string, query: string): string {
  const encoded = range.replaceAll('~', '$257E').replaceAll("'", '$2527');
  return template.replace('RANGE', () => encoded).replace('QUERY', () => escaped(query));
}

/** Text as the console writes it into the address of a query. */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]/g, (char) => `*${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
