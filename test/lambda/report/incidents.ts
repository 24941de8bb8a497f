import type { Alert } from '../../../lambda/report/message/alert.ts';
import { alertAfter, database, group, leak, minutesAfterStart, sample } from './situations.ts';

/** Incidents at their worst minute, each with a cause of its own, by the name of their golden files. */
export const INCIDENTS = {
  'the-incident': () => {
    const site = { application: '', client: '10.0.3.17', role: 'orders_app' };
    const groups = [
      group(176, { ...site, oldestStateAge: 170, returning: 92, streams: 92, usedOnce: 38 }),
      group(4, { ...site, state: 'active', oldestStateAge: 1 }),
    ];
    return alertAfter([...leak(150), sample(minutesAfterStart(30), 180, { groups })]);
  },
  'open-transactions': () => {
    const groups = [
      group(60, { state: 'idle in transaction', oldestStateAge: 640, oldestTransactionAge: 660 }),
      group(100, { state: 'active', oldestStateAge: 2 }),
    ];
    return alertAfter([...leak(150), sample(minutesAfterStart(30), 160, { groups })]);
  },
  'head-blocker': () => {
    const groups = [
      group(120, { state: 'active', oldestStateAge: 300, waiting: 118 }),
      group(39),
      group(1, { application: 'reports', role: 'bi', state: 'idle in transaction', oldestStateAge: 360 }),
    ];
    const headBlocker = {
      pid: 4711,
      backendStart: '2026-11-23T20:10:00.123456Z',
      role: 'bi',
      application: 'reports',
      state: 'idle in transaction',
      since: 360,
      blocks: 118,
    };
    return alertAfter([...leak(150), sample(minutesAfterStart(30), 160, { groups, headBlocker })]);
  },
  rollout: () => {
    const pods = (net: number, fields: object) =>
      [1, 2, 3, 4].map((n) => group(20, { client: `10.0.${net}.${n}`, oldestStateAge: 40, ...fields }));
    const groups = [...pods(3, { returning: 4 }), ...pods(4, { opened: 20 })];
    return alertAfter([...leak(100), sample(minutesAfterStart(30), 160, { groups })]);
  },
  'budget-overrun': () => {
    const groups = [1, 2, 3].map((n) =>
      group(50, {
        application: 'checkout',
        client: `10.0.3.${n}`,
        returning: 50,
        streams: 50,
        oldestStateAge: 4,
      }),
    );
    return alertAfter(
      [...leak(100), sample(minutesAfterStart(30), 160, { groups: [...groups, group(10)] })],
      {
        db: database({ budgets: [{ name: 'checkout', application: 'checkout', sessions: 100 }] }),
      },
    );
  },
} satisfies Record<string, () => Alert>;
