import { expect, test } from 'vitest';
import { incidentUrl, lastHourUrl } from '../../../../lambda/report/message/log-query-url.ts';
import { runQuery } from '../../../support/insights/run.ts';
import { alertAfter, leak, minutesAfterStart, sample } from '../situations.ts';

// As the stack writes it; test/infra/end-to-end.test.ts holds the two together.
const TEMPLATE =
  'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:logs-insights$3FqueryDetail$3D$257E$2528RANGE$257EeditorString$257E$2527QUERY$257Esource$257E$2528$257E$2527guard-logs$2529$2529';

/** What the console reads from the address: both layers of percent signs, then the texts. */
function readByConsole(url = ''): string {
  const layer = (text: string) => decodeURIComponent(text.replaceAll('$', '%'));
  const [, detail = ''] = layer(url.split('#')[1] ?? '').split('?queryDetail=');
  return layer(detail).replace(/\*([0-9a-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

const incident = [...leak(160), ...[34, 35.5, 37].map((minute) => sample(minutesAfterStart(minute), 57))];

test('RECOVERED links to who held the slots in the incident and ten minutes around it, in that log and of that database', () => {
  const alert = alertAfter(incident);
  const { kind, incident: over, at } = alert.notification;
  expect(kind).toBe('recovered');
  const read = readByConsole(incidentUrl(TEMPLATE, alert));
  const [, end = '', start = '', query = ''] =
    /^~\(end~'(.*?)~start~'(.*?)~timeType~'ABSOLUTE~tz~'UTC~editorString~'(.*)~source~\(~'guard-logs\)\)$/.exec(
      read,
    ) ?? [];
  expect(Date.parse(start)).toBe((over?.startedAt ?? 0) - 10 * 60_000);
  expect(Date.parse(end)).toBe(at + 10 * 60_000);
  const line = (database: string) => ({
    at,
    message: JSON.stringify({
      database,
      event: 'check.holders',
      holders: [{ application: 'web', role: 'app', sessions: 7 }],
    }),
  });
  const { rows } = runQuery(query, [line(alert.database.name), line('another')]);
  expect(rows.map((row) => row.map(({ value }) => value).slice(1))).toEqual([['web', 'app', '7']]);
});

test('any other message has no such link, and none has one without the page of the log', () => {
  expect(incidentUrl(TEMPLATE, alertAfter(leak(160)))).toBeUndefined();
  expect(incidentUrl(undefined, alertAfter(incident))).toBeUndefined();
});

test('the log of the checks is that of the last hour', () => {
  expect(readByConsole(lastHourUrl(TEMPLATE))).toBe(
    "~(end~0~start~-3600~timeType~'RELATIVE~unit~'seconds~editorString~'fields @timestamp, level, event, database | sort @timestamp desc~source~(~'guard-logs))",
  );
});
