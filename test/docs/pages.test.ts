import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { LEVELS } from '../../lambda/model/level.ts';
import { NOTIFICATION_KINDS, type Notification } from '../../lambda/model/notification.ts';
import { FAILURE_CLASSES, LIMITS } from '../../lambda/model/observation.ts';
import { docsAnchor } from '../../lambda/report/message/docs-anchor.ts';
import { METRICS } from '../../lambda/report/metrics/data-points.ts';
import { anchorsOf, codeOf, linksOf, PAGES, tablesOf } from './markdown.ts';

test.each(PAGES)('every relative link of %s leads to a file, and its anchor to a heading', (page) => {
  const broken = linksOf(page).filter((link) => {
    if (/^[a-z]+:/.test(link)) return !link.startsWith('https://');
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : posix.join(page, '..', path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !(target.endsWith('.md') && anchorsOf(target).has(anchor));
  });
  expect(broken).toEqual([]);
});

test('docs/README.md, the map, leads to every page of docs/', () => {
  const linked = new Set(linksOf('docs/README.md').map((link) => posix.join('docs', link)));
  const pages = PAGES.filter((page) => posix.dirname(page) === 'docs' && page !== 'docs/README.md');
  expect(pages.filter((page) => !linked.has(page))).toEqual([]);
});

test('the decisions are numbered without a gap, and their list has each of them', () => {
  const records = PAGES.filter((page) => /^docs\/decisions\/\d/.test(page)).map((page) =>
    posix.basename(page),
  );
  expect(records.map((name) => Number(name.slice(0, 4)))).toEqual(records.map((_, index) => index + 1));
  expect(linksOf('docs/decisions/README.md')).toEqual(records);
});

test('docs/alerts.md has a section for every message: each kind and level, limit and class of failure', () => {
  const anchors = anchorsOf('docs/alerts.md');
  const about = { refusal: null, failure: null };
  const of = (kind: Notification['kind'], level: Notification['level'] = 'full') => ({
    notification: { kind, level },
  });
  const wanted = [
    ...LEVELS.filter((level) => level !== 'ok').map((level) =>
      docsAnchor({ ...about, ...of('level', level) }),
    ),
    ...LIMITS.map((limit) => docsAnchor({ ...about, ...of('server-full'), refusal: { limit } })),
    ...FAILURE_CLASSES.map((name) =>
      docsAnchor({ ...about, ...of('unreachable'), failure: { class: name } }),
    ),
    ...NOTIFICATION_KINDS.filter((kind) => kind !== 'level' && kind !== 'server-full').map((kind) =>
      docsAnchor({ ...about, ...of(kind) }),
    ),
  ];
  expect(wanted).toContain('full-superuser-slots');
  expect(wanted).toContain('unreachable-dns');
  expect(wanted.filter((anchor) => !anchors.has(anchor))).toEqual([]);
});

test('docs/metrics.md lists the metrics that are sent, with their units', () => {
  const [table] = tablesOf('docs/metrics.md');
  const listed = table?.rows.map(([name = '', unit]) => [name.replaceAll('`', ''), unit]);
  expect(listed).toEqual(Object.entries(METRICS));
});

test('the README has at most 200 lines', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(200);
});

// `npx vitest run test/docs --update` writes it anew.
test('the README shows the beginning of a message as it is rendered', async () => {
  const lines = readFileSync('test/lambda/report/golden/critical-fast-leak.golden.txt', 'utf8').split('\n');
  const beginning = lines.slice(0, lines.lastIndexOf('', 42));
  const [shown = ''] = codeOf('README.md', 'text');
  expect(shown).toContain('Subject: CRITICAL');
  const page = readFileSync('README.md', 'utf8').replace(shown, () => beginning.join('\n'));
  await expect(page).toMatchFileSnapshot('../../README.md');
});

test('what the README says of the cost is the sum of docs/cost.md', () => {
  const sum = tablesOf('docs/cost.md')[0]?.rows.find(([title]) => title === '**Sum**');
  const dollars = sum
    ?.flatMap((cell) => /\$([\d.]+)/.exec(cell)?.[1] ?? [])
    .map((text) => Math.round(Number(text)));
  expect(dollars).toHaveLength(3);
  const [one, ten, hundred] = dollars ?? [];
  expect(readFileSync('README.md', 'utf8')).toContain(
    `about $${one} a month for 1 database, $${ten} for 10 and $${hundred} for 100`,
  );
});
