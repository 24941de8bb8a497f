import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { CAUSES } from '../../../../lambda/model/likely-cause.ts';
import { NOTIFICATION_KINDS } from '../../../../lambda/model/notification.ts';
import { FAILURE_CLASSES, LIMITS } from '../../../../lambda/model/observation.ts';
import { documentOf } from '../../../../lambda/report/delivery/document.ts';
import { renderAlerts } from '../../../../lambda/report/delivery/render.ts';
import { snsMessage } from '../../../../lambda/report/delivery/sns-body.ts';
import {
  alertAfter,
  database,
  failure,
  leak,
  minutesAfterStart,
  refusal,
  START,
  sample,
} from '../situations.ts';

const surroundings = {
  timeZone: 'UTC',
  dashboardUrl: 'https://dash.example/',
  logQueryUrl: 'https://logs.example/RANGE/QUERY',
};
const recovered = [...leak(160), ...[34, 35.5, 37].map((minute) => sample(minutesAfterStart(minute), 57))];
const schema: unknown = JSON.parse(readFileSync('docs/notification.schema.json', 'utf8'));
const validate = new Ajv2020({ allErrors: true, validateFormats: false }).compile(Object(schema));
const unreachable = (name: string) =>
  alertAfter([failure(START, 'dns'), failure(minutesAfterStart(1), 'dns')], { db: database({ name }) });

describe('the document for machines', () => {
  test.each([
    ['critical', [alertAfter(leak(160))]],
    ['refused before anything was seen', [alertAfter([refusal(START, 'superuser-slots')])]],
    ['unreachable, several databases', ['a', 'b', 'c'].map(unreachable)],
    ['recovered', [alertAfter(recovered)]],
    ['partial', [alertAfter([{ ...sample(START, 0), kind: 'partial' }])]],
  ])('is valid by the published schema: %s', (_, alerts) => {
    const document: unknown = JSON.parse(JSON.stringify(documentOf(alerts, surroundings)));
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    const sent: unknown = JSON.parse(JSON.parse(snsMessage(renderAlerts(alerts, surroundings))).default);
    expect(sent).toEqual(document);
  });

  test('says what happened, in fixed words, to a program that restarts or pages', () => {
    const { version, notifications } = documentOf([alertAfter(leak(160))], surroundings);
    expect(version).toBe(1);
    expect(notifications[0]).toMatchObject({
      kind: 'level',
      level: 'critical',
      before: 'warning',
      database: 'orders',
      slots: { used: 160, usable: 182, left: 22 },
      causes: [{ id: 'kept-after-request', role: 'orders_app', sessions: 146 }],
    });
  });

  test('links to the time of the incident when that is over, and only then', () => {
    const { links, notifications } = documentOf([alertAfter(recovered)], surroundings);
    expect(notifications[0]?.kind).toBe('recovered');
    const before = Date.parse(notifications[0]?.incident?.startedAt ?? '') - 10 * 60_000;
    expect(links.incident).toMatch(/^https:\/\/logs\.example\/.*ABSOLUTE/);
    expect(links.incident).toContain(
      `start$257E$2527${new Date(before).toISOString().replaceAll(':', '*3a')}`,
    );
    expect(documentOf([alertAfter(leak(160))], surroundings).links).not.toHaveProperty('incident');
  });

  test('of a hundred databases stays under the limit of SNS', () => {
    const alerts = Array.from({ length: 120 }, (_, index) => unreachable(`database-${index}`));
    const message = snsMessage(renderAlerts(alerts, surroundings));
    expect(Buffer.byteLength(message)).toBeLessThan(256 * 1024);
    expect(JSON.parse(JSON.parse(message).default).notifications).toHaveLength(100);
  });

  test('has a schema that knows every word of the function', () => {
    const words = JSON.stringify(schema);
    for (const word of [...NOTIFICATION_KINDS, ...LIMITS, ...FAILURE_CLASSES, ...CAUSES]) {
      expect(words).toContain(`"${word}"`);
    }
  });
});
