import { describe, expect, it } from 'vitest';
import { styleFor } from '../../../cli/terminal/style.ts';
import { alertFor, problems, type ReplayOutcome } from '../../../local/incident/outcome.ts';
import { summary } from '../../../local/incident/show/summary.ts';

const none = { application: [], guard: [] };

const held: ReplayOutcome = {
  maxConnections: 200,
  usable: 197,
  peakUsed: 189,
  samples: 27,
  levels: [
    { level: 'warning', at: 24_600 },
    { level: 'critical', at: 48_700 },
    { level: 'ok', at: 127_600 },
  ],
  alerts: [
    { level: 'warning', subject: 'WARNING orders', at: 30_100 },
    { level: 'critical', subject: 'CRITICAL orders', at: 50_200 },
    { level: 'ok', subject: 'OK orders', at: 145_000 },
  ],
  metricData: 240,
  refusedLogins: 0,
  requests: 850,
  refusedRequests: 0,
  terminated: 64,
  livingSessionsCut: {},
  reclaim: 'terminate',
};

const outage: ReplayOutcome = {
  ...held,
  peakUsed: 197,
  levels: [...held.levels.slice(0, 2), { level: 'full', at: 81_300 }, ...held.levels.slice(2)],
  alerts: [
    ...held.alerts.slice(0, 2),
    { level: 'full', subject: 'FULL orders', at: 82_000 },
    ...held.alerts.slice(2),
  ],
  refusedLogins: 235,
  refusedRequests: 204,
  terminated: 0,
  reclaim: 'off',
};

describe('whether a replay went as it should', () => {
  it('is yes for an incident that the guard held', () => {
    expect(problems(held, none)).toEqual([]);
  });

  it('is yes for an outage that the guard was only to tell of', () => {
    expect(problems(outage, none)).toEqual([]);
    expect(problems({ ...outage, reclaim: 'dry-run' }, none)).toEqual([]);
  });

  it.each<[string, Partial<ReplayOutcome>, RegExp]>([
    ['a login was refused', { refusedLogins: 1 }, /1 logins were refused/],
    [
      'a living session was cut',
      { livingSessionsCut: { 'open tabs': 2 } },
      /2 living sessions were cut: open tabs/,
    ],
    ['nothing was ended', { terminated: 0 }, /ended no session/],
    ['the level did not come back', { levels: held.levels.slice(0, 2) }, /not free again/],
    ['the recovery was not told', { alerts: held.alerts.slice(0, 2) }, /it is over/],
    [
      'an alert is missing',
      { alerts: held.alerts.filter(({ level }) => level !== 'critical') },
      /level critical/,
    ],
    ['nothing was published', { samples: 0 }, /no sample/],
    [
      'an alert was late',
      { alerts: held.alerts.map((alert) => (alert.level === 'critical' ? { ...alert, at: 88_700 } : alert)) },
      /level critical came 40.0 s after/,
    ],
  ])('is no when %s', (_what, change, expected) => {
    const found = problems({ ...held, ...change }, none);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it.each<[string, Partial<ReplayOutcome>]>([
    ['never became full', { levels: held.levels }],
    ['refused no login', { refusedLogins: 0 }],
    ['sent no message at level full', { alerts: held.alerts }],
    ['ended sessions', { terminated: 3 }],
  ])('is no when the outage %s', (_what, change) => {
    expect(problems({ ...outage, ...change }, none)).not.toEqual([]);
  });

  it('is no when the application or the guard broke', () => {
    expect(problems(held, { application: ['ECONNRESET (1 times)'], guard: ['no table'] })).toEqual([
      'the application: ECONNRESET (1 times)',
      'the guard: no table',
    ]);
  });
});

describe('the message that belongs to a level', () => {
  it('is the first after it was reached, or that of a worse level when this one was passed over', () => {
    const skipped = { ...outage, alerts: outage.alerts.filter(({ level }) => level !== 'critical') };
    expect(alertFor(outage, 'critical')?.at).toBe(50_200);
    expect(alertFor(skipped, 'critical')?.level).toBe('full');
    expect(alertFor(held, 'full')).toBeUndefined();
  });
});

describe('the summary', () => {
  const lines = (outcome: ReplayOutcome) =>
    summary(outcome, problems(outcome, none), 15, styleFor(false)).join('\n');

  it('tells when each level was reached and how long after its message went out', () => {
    expect(lines(outage)).toContain(`
level     reached  message   after
--------  -------  -------  ------
warning    0:24.6   0:30.1   5.5 s
critical   0:48.7   0:50.2   1.5 s
full       1:21.3   1:22.0   0.7 s
ok         2:07.6   2:25.0  17.4 s
`);
  });

  it('says what was done and whether it went as it should', () => {
    expect(lines(held)).toContain(
      'The guard ended 64 sessions; clients were still going to use none of them.',
    );
    expect(lines(held)).toContain('The replay went as it should.');
    expect(lines({ ...held, refusedLogins: 1 })).toContain(
      'The application was refused 1 login, and with them 0.0% of its requests.',
    );
    expect(lines({ ...held, refusedLogins: 1 })).toContain('- 1 logins were refused');
  });
});
