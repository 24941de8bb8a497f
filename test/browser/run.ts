import { strict as assert } from 'node:assert';
import { widgetHtml } from '../../lambda/actions/widget.ts';
import { facts, HOSTILE, holder, reclaimOf } from '../lambda/actions/views.ts';
import { startBrowser } from './browser.ts';

// The dashboard's widget in a real browser: with 500 holders, and with names that are HTML. `--picture` writes the
// picture that the documentation shows.

/** Reads each button as CloudWatch does: the text of the element as JSON, the click on the element before it. */
const BUTTONS = `[...document.querySelectorAll('cwdb-action')].map((action) => ({
  label: action.previousElementSibling.textContent,
  endpoint: action.getAttribute('endpoint'),
  confirmation: action.getAttribute('confirmation'),
  request: JSON.parse(action.textContent),
}))`;

const text = 'document.body.innerText';
const count = (selector: string) => `document.querySelectorAll(${JSON.stringify(selector)}).length`;

const browser = await startBrowser();
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1200, height: 900 });

  const holders = Array.from({ length: 50 }, (_, index) => holder(10, { client: `10.0.${index}.1` }));
  await page.setContent(widgetHtml(facts({ view: { holders, holderCount: 500 }, reclaim: reclaimOf(300) })));
  const shown = String(await page.evaluate(text));
  assert.match(shown, /orders: critical, 160 of 182 slots used/);
  assert.match(shown, /and 450 more holders/);
  assert.match(shown, /and 200 more/);
  assert.equal(await page.evaluate(count('tr')), 51 + 2 + 101);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= 1200'), true);
  const buttons = await page.evaluate(BUTTONS);
  assert.ok(Array.isArray(buttons) && buttons.length === 5);
  assert.equal(buttons[4].label, 'End these 100 sessions');
  assert.equal(buttons[4].request.sessions.length, 100);

  const plain = facts({
    view: { holders: HOSTILE.map(() => holder(9)), budgets: [], problem: 'x', acknowledgedBy: 'x' },
    reclaim: reclaimOf(3),
    notice: 'x',
  });
  await page.setContent(widgetHtml(plain));
  const elements = await page.evaluate(count('*'));
  const expected = await page.evaluate(BUTTONS);
  for (const name of HOSTILE) {
    await page.setContent(
      widgetHtml({
        ...plain,
        view: {
          ...plain.view,
          holders: HOSTILE.map(() => holder(9, { application: name, role: name, client: name })),
          problem: name,
          acknowledgedBy: name,
        },
        reclaim: reclaimOf(3, { application: name, role: name, client: name, why: name }),
        notice: name,
      }),
    );
    assert.equal(await page.evaluate('window.hacked'), undefined, name);
    assert.equal(await page.evaluate(count('*')), elements, name);
    assert.deepEqual(await page.evaluate(BUTTONS), expected, name);
  }
  // Shown as it is written, not taken for markup.
  await page.setContent(widgetHtml(facts({ notice: HOSTILE[0] })));
  assert.ok(String(await page.evaluate(text)).includes(HOSTILE[0]));

  if (process.argv.includes('--picture')) {
    await page.setViewport({ width: 900, height: 480 });
    const style =
      'cwdb-action{display:none} .btn{border:1px solid #687078;border-radius:2px;padding:4px 12px}';
    const body = widgetHtml(facts({ reclaim: reclaimOf(4) }));
    await page.setContent(
      `<style>${style}</style><body style="font:13px sans-serif;margin:16px">${body}</body>`,
    );
    await page.screenshot({ path: 'docs/images/widget.png' });
  }
} finally {
  await browser.close();
}
console.log('the widget holds in a real browser');
