import { expect, test } from 'vitest';
import { problemHtml, widgetHtml } from '../../../lambda/actions/widget.ts';
import { isDescribe, readWidgetEvent } from '../../../lambda/actions/widget-event.ts';
import { facts, HOSTILE, holder, reclaimOf } from './views.ts';

/** The JSON of every button, as a browser reads the text of the element. */
function requestsIn(html: string): unknown[] {
  return [...html.matchAll(/<cwdb-action[^>]*>(.*?)<\/cwdb-action>/gs)].map(([, text = '']) =>
    JSON.parse(text),
  );
}

test('shows holders, budgets and what reclaim would end, with a button for each thing to do', () => {
  const html = widgetHtml(facts());
  for (const text of [
    'critical, 160 of 182 slots used',
    '26 too many',
    'would end 12 sessions',
    'of the last 70 such, none came back',
  ])
    expect(html).toContain(text);
  expect(requestsIn(html)).toMatchObject([
    { action: 'preview', database: 'orders' },
    { action: 'acknowledge', database: 'orders' },
    { action: 'mute', minutes: 60 },
    { action: 'mute', minutes: 480 },
    { action: 'terminate', sessions: { length: 12 } },
  ]);
  expect(html).toContain(
    'confirmation="End 12 sessions of orders? Each goes only if it did nothing since it was shown."',
  );
});

test('without the right to end sessions there is no button for it', () => {
  expect(JSON.stringify(requestsIn(widgetHtml(facts({ mayTerminate: false }))))).not.toContain('terminate');
});

test.each(HOSTILE)('escapes %j wherever a name or a text of the server stands', (name) => {
  const hostile = widgetHtml(
    facts({
      view: {
        holders: [holder(9, { application: name, role: name, client: name })],
        budgets: [{ name, used: 1, sessions: 2 }],
        problem: name,
        acknowledgedBy: name,
      },
      reclaim: reclaimOf(2, { application: name, role: name, client: name, why: name }),
      notice: name,
    }),
  );
  const plain = widgetHtml(
    facts({
      view: {
        holders: [holder(9)],
        budgets: [{ name: 'x', used: 1, sessions: 2 }],
        problem: 'x',
        acknowledgedBy: 'x',
      },
      reclaim: reclaimOf(2),
      notice: 'x',
    }),
  );
  // The same elements with the same attributes: a name is nothing but text.
  const tags = (html: string) => html.match(/<[^>]*>/g);
  expect(tags(hostile)).toEqual(tags(plain));
  expect(tags(problemHtml(name))).toEqual(tags(problemHtml('x')));
  for (const invisible of ['\u0000', '\u202e']) expect(hostile).not.toContain(invisible);
});

test('stays far below what a dashboard takes, however many holders and sessions there are', () => {
  const holders = Array.from({ length: 50 }, () =>
    holder(1, { application: '&'.repeat(60), role: '"'.repeat(63) }),
  );
  const html = widgetHtml(facts({ view: { holders, holderCount: 500 }, reclaim: reclaimOf(1000) }));
  expect(Buffer.byteLength(html)).toBeLessThan(150_000);
  expect(html).toContain('and 450 more holders');
  expect(html).toContain('and 900 more');
});

test('tells a dashboard’s events from others, and who asks as far as CloudWatch tells', () => {
  expect(isDescribe({ describe: true })).toBe(true);
  expect(isDescribe({ describe: 'true', action: 'holders' })).toBe(false);
  expect(readWidgetEvent({ action: 'holders', database: 'orders' })).toBeNull();
  expect(
    readWidgetEvent({ database: 'orders', widgetContext: { dashboardName: 'Shop\u202e', params: {} } }),
  ).toEqual({
    sent: { action: 'preview', database: 'orders' },
    caller: 'somebody at the dashboard Shop\ufffd',
  });
});
