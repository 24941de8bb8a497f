import { between } from '../../../local/incident/application/random.ts';
import {
  finishedRequests,
  lifoPool,
  onlyCommit,
  plainStatements,
  prewarmedPool,
  type Statements,
  tabs,
  tasks,
} from './clients.ts';
import type { Site } from './site.ts';

/** Sites by name: what is put on them, and for how many seconds they are played. */
export interface SiteKind {
  readonly seconds: number;
  readonly start: (site: Site) => void;
}

const evenly = (count: number, from: number, over: number) =>
  Array.from({ length: count }, (_, index) => from + (over * index) / count);

/** The measured site: tabs, finished requests, tasks in one pool. */
function incident(
  statements: Statements,
  unnoticed: number,
  seconds = 200,
  pause: readonly [number, number] = [24, 32],
): SiteKind {
  return {
    seconds,
    start: (site) => {
      tabs(site, { statements, perSecond: 0.8, most: 98, unnoticed });
      finishedRequests(site, { statements, perSecond: 6.2, collected: true });
      const startAt = [...evenly(12, 1, 17), ...evenly(4, 20, 18)];
      tasks(site, { statements, startAt, pause });
    },
  };
}

const leak = (site: Site, perSecond: number, application: string, until?: number) =>
  finishedRequests(site, {
    ...{ statements: plainStatements, perSecond, collected: false, application },
    ...(until !== undefined && { until }),
  });

export const SITES = {
  'incident A': incident(plainStatements, 0),
  'incident half B': incident(plainStatements, 0.5),
  'incident B': incident(plainStatements, 1),
  'incident A commit': incident(onlyCommit, 0),
  'incident half B commit': incident(onlyCommit, 0.5),
  'incident A commit, long': incident(onlyCommit, 0, 900),
  'incident A, irregular tasks': incident(plainStatements, 0, 200, [2, 32]),
  'incident A commit, irregular tasks': incident(onlyCommit, 0, 200, [2, 32]),
  // The incident of 0.1.0: tasks that start together, and a leak that nothing ever closes.
  'old incident': {
    seconds: 200,
    start: (site) => {
      tabs(site, { statements: plainStatements, perSecond: 4, most: 108, unnoticed: 0, staying: 1 });
      finishedRequests(site, { statements: plainStatements, perSecond: 1, collected: false });
      tasks(site, { statements: plainStatements, startAt: evenly(12, 0, 4), pause: [27, 33] });
    },
  },
  'prewarmed 70 s': {
    seconds: 200,
    start: (site) => {
      prewarmedPool(site, {
        ...{ size: 60, opensAt: 1, firstUseAt: 70, useEvery: [5, 20], application: 'api' },
      });
      leak(site, 3, 'web');
    },
  },
  'prewarmed 600 s': {
    seconds: 800,
    start: (site) => {
      prewarmedPool(site, {
        ...{ size: 60, opensAt: 1, firstUseAt: 600, useEvery: [5, 20], application: 'api' },
      });
      leak(site, 0.8, 'web');
    },
  },
  lifo: {
    seconds: 300,
    start: (site) => {
      lifoPool(site, { size: 60, usual: 8, peakEvery: 40, application: 'api' });
      tasks(site, {
        ...{ statements: plainStatements, startAt: evenly(5, 0, 10), pause: [59, 61], application: 'cron' },
      });
      leak(site, 2.5, 'web');
    },
  },
  'one pool lifo': {
    seconds: 300,
    start: (site) => {
      lifoPool(site, { size: 60, usual: 8, peakEvery: 40, application: '' });
      finishedRequests(site, { statements: plainStatements, perSecond: 4, collected: true });
      leak(site, 0.8, '');
    },
  },
  // A deploy in the middle: until then finished requests leave sessions, from then on each is used again after a while.
  deploy: {
    seconds: 300,
    start: (site) => {
      tabs(site, { statements: onlyCommit, perSecond: 0.8, most: 60, unnoticed: 0 });
      finishedRequests(site, { statements: onlyCommit, perSecond: 6.2, collected: true, until: 120 });
      tasks(site, { statements: onlyCommit, startAt: evenly(80, 120, 60), pause: [8, 25] });
    },
  },
  'slow leak': {
    seconds: 400,
    start: (site) => {
      tabs(site, { statements: plainStatements, perSecond: 20, most: 100, unnoticed: 0, staying: 1 });
      tasks(site, { statements: plainStatements, startAt: evenly(12, 0, 4), pause: [27, 33] });
      for (let index = 0; index < 60; index++)
        site.schedule(0.5, () => {
          const session = site.login('leaked');
          if (session) site.use(session, plainStatements('page', index));
        });
      finishedRequests(site, { statements: plainStatements, perSecond: 0.2, collected: false });
    },
  },
  // All in use, no leak: a burst of pools.
  busy: {
    seconds: 200,
    start: (site) => {
      for (let index = 0; index < 185; index++)
        site.schedule(between([0, 30], site.random), () => {
          const session = site.login('pool');
          const use = () => {
            if (session && site.use(session, plainStatements('poll', 1), 0.02))
              site.schedule(site.now + between([3, 12], site.random), use);
          };
          use();
        });
    },
  },
} satisfies Record<string, SiteKind>;

/** One of {@link SITES}. */
export type SiteName = keyof typeof SITES;
