import type { ReclaimView, View } from '../../../lambda/actions/view.ts';
import type { WidgetFacts } from '../../../lambda/actions/widget.ts';

/** Names as an attacker may choose them: HTML, a way out of an attribute, of the button's JSON and of its element. */
export const HOSTILE = [
  '<script>window.hacked=1</script>',
  '<img src=x onerror="window.hacked=1">',
  '"><b>bold</b><a class="',
  '</cwdb-action><cwdb-action action="call" endpoint="arn:evil">{}',
  "'; DROP TABLE users; --",
  '\u202egnp.exe\u0000\n',
] as const;

type Holder = View['holders'][number];

/** One holder of so many sessions. */
export function holder(count: number, fields: Partial<Holder> = {}): Holder {
  return {
    application: 'orders-web',
    role: 'orders_app',
    client: '10.0.3.17',
    count,
    idle: count - 1,
    oldestIdleAge: 118,
    ...fields,
  };
}

/** What reclaim would end: so many sessions. */
export function reclaimOf(count: number, fields: Partial<ReclaimView['sessions'][number]> = {}): ReclaimView {
  return {
    mode: 'dry-run',
    acts: true,
    until: 128,
    count,
    leftAlone: {},
    failure: null,
    sessions: Array.from({ length: Math.min(count, 100) }, (_, index) => ({
      pid: 4000 + index,
      backendStart: '2026-11-23T20:15:00.123456Z',
      stateChange: '2026-11-23T20:29:00.654321Z',
      role: 'orders_app',
      database: 'orders',
      application: 'orders-web',
      client: '10.0.3.17',
      idleFor: 118 - index / 2,
      why: 'used once and idle for over 5 s: of the last 70 such, none came back',
      ...fields,
    })),
  };
}

/** A widget of a critical database, with what a test wants to be different. */
export function facts({
  view,
  ...rest
}: Partial<Omit<WidgetFacts, 'view'>> & { view?: Partial<View> } = {}): WidgetFacts {
  return {
    view: {
      database: 'orders',
      level: 'critical',
      since: '2026-11-23T20:29:30.000Z',
      seenAt: '2026-11-23T20:31:00.000Z',
      problem: null,
      used: 160,
      usable: 182,
      states: [{ state: 'idle', count: 146, oldestStateAge: 118 }],
      holders: [
        holder(103),
        holder(43, { client: '10.0.4.21' }),
        holder(8, { application: 'celery', role: 'orders_worker' }),
      ],
      holderCount: 3,
      causes: [],
      acknowledgedBy: null,
      mutedUntil: null,
      budgets: [{ name: 'web', used: 146, sessions: 120 }],
      ...view,
    },
    reclaim: reclaimOf(12),
    notice: null,
    mayTerminate: true,
    endpoint: 'arn:aws:lambda:eu-central-1:123456789012:function:guard-actions',
    ...rest,
  };
}
