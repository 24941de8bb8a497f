import { expect, test } from 'vitest';
import { renderAlerts } from '../../../../lambda/report/delivery/render.ts';
import type { Alert } from '../../../../lambda/report/message/alert.ts';
import { alertAfter, database, leak } from '../situations.ts';

const contextOf = (...alerts: readonly Alert[]) =>
  renderAlerts(alerts, {
    timeZone: 'UTC',
    actions: { functionName: 'guard-GuardActions-1A2B', region: 'eu-central-1', terminate: false },
  }).chat.metadata.additionalContext;

const critical = (settings: object = {}) => alertAfter(leak(160), { db: database(settings) });

test('a message about one database that can be answered says what a button needs, and no other does', () => {
  expect(contextOf(critical())).toEqual({
    function: 'guard-GuardActions-1A2B',
    region: 'eu-central-1',
    database: 'orders',
  });
  const { notification } = critical();
  expect(contextOf({ ...critical(), notification: { ...notification, kind: 'recovered' } })).toBeUndefined();
  expect(contextOf(critical(), critical({ name: 'billing' }))).toBeUndefined();
  expect(renderAlerts([critical()], { timeZone: 'UTC' }).chat.metadata).not.toHaveProperty(
    'additionalContext',
  );
});

test('a name of more than one word never gets into a command', () => {
  expect(contextOf(critical({ name: 'shop --payload x' }))).toBeUndefined();
  expect(contextOf(critical({ name: 'shop/eu.orders-2_b' }))).toMatchObject({
    database: 'shop/eu.orders-2_b',
  });
});
