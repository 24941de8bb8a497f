import { between, gap } from '../../../local/incident/application/random.ts';
import type { SimulatedSession, Site, Statement } from './site.ts';

// The clients of a site. Each function starts some of them; what they do is what was measured on a real one.

/** With every unit of work in a transaction, the last statement of every session is COMMIT. */
export type Statements = (place: 'page' | 'poll' | 'insert' | 'update', values: number) => Statement;

export const plainStatements: Statements = (place, values) => ({
  shape: { page: 1, poll: 2, insert: 3, update: 4 }[place],
  text: values,
});

export const onlyCommit: Statements = () => ({ shape: 9, text: 9 });

const pick = (site: Site, below: number) => Math.floor(site.random() * below);

export interface TabOptions {
  readonly statements: Statements;
  readonly perSecond: number;
  /** Tabs open at a time, at most. */
  readonly most: number;
  /** The share of tabs of which nothing notices that they are closed: they go on polling. */
  readonly unnoticed: number;
  /** The share of tabs that stay open for ever; the others close after 20 to 60 s. */
  readonly staying?: number;
  readonly application?: string;
}

/** Open tabs: each holds a session and polls it. Some of them close after a while, and their session stays. */
export function tabs(site: Site, options: TabOptions): void {
  const { statements, perSecond, most, unnoticed, staying = 0.5, application } = options;
  let open = 0;
  let number = 0;
  const free: number[] = [];
  const openOne = () => {
    const reused = site.random() < 0.7 ? free.shift() : undefined;
    number += reused === undefined ? 1 : 0;
    const id = reused ?? number;
    const session = site.login('tabs', application);
    if (session === null) {
      site.schedule(site.now + between([1, 3], site.random), openOne);
      return;
    }
    const closesAt =
      site.random() >= staying ? site.now + between([20, 60], site.random) : Number.POSITIVE_INFINITY;
    const goesOn = site.random() < unnoticed;
    const notices = closesAt + between([0, 5], site.random);
    let closed = false;
    if (Number.isFinite(closesAt))
      site.schedule(closesAt, () => {
        closed = true;
        open -= 1;
        free.push(id);
      });
    const poll = () => {
      if (site.now >= notices && !goesOn) return;
      if (closed && !session.open) return;
      if (!site.use(session, statements('poll', id))) {
        // The browser connects again.
        if (!closed) openOne();
        return;
      }
      site.schedule(site.now + between([2, 3], site.random), poll);
    };
    poll();
  };
  const arrive = () => {
    if (open < most) {
      open += 1;
      openOne();
    }
    site.schedule(site.now + gap(perSecond, site.random), arrive);
  };
  arrive();
}

/** Finished requests that leave their session open, for the language's collector to close, in lumps. */
export function finishedRequests(
  site: Site,
  options: {
    readonly statements: Statements;
    readonly perSecond: number;
    readonly collected: boolean;
    readonly application?: string;
    readonly until?: number;
  },
): void {
  const { statements, perSecond, collected, application, until = Number.POSITIVE_INFINITY } = options;
  let garbage: SimulatedSession[] = [];
  const request = () => {
    if (site.now > until) return;
    const session = site.login('requests', application);
    if (session) {
      site.schedule(site.now + 0.01, () => site.use(session, statements('page', pick(site, 1e6)), 0.01));
      garbage.push(session);
    }
    site.schedule(site.now + gap(perSecond, site.random), request);
  };
  const collect = () => {
    const share = between([0.12, 0.36], site.random);
    const [closed, kept]: [SimulatedSession[], SimulatedSession[]] = [[], []];
    for (const session of garbage.filter((one) => one.open)) {
      const old = site.now - session.openedAt > 0.5;
      (old && site.random() < share ? closed : kept).push(session);
    }
    garbage = kept;
    for (const session of closed) site.close(session);
    site.schedule(site.now + Math.min(7, 1.2 + gap(1 / 1.8, site.random)), collect);
  };
  request();
  if (collected) site.schedule(3, collect);
}

/** Workers: each holds a session, writes twice, pauses, for ever. One whose session is ended does not recover. */
export function tasks(
  site: Site,
  options: {
    readonly statements: Statements;
    readonly startAt: readonly number[];
    readonly pause: readonly [number, number];
    readonly application?: string;
  },
): void {
  const { statements, startAt, pause, application } = options;
  for (const at of startAt) {
    const begin = () => {
      const session = site.login('tasks', application);
      if (session === null) {
        site.schedule(site.now + 2, begin);
        return;
      }
      const work = () => {
        if (!site.use(session, statements('insert', pick(site, 1e6)), 0.02)) return;
        site.schedule(site.now + 0.3, () => {
          if (!site.use(session, statements('update', pick(site, 1e6)), 0.02)) return;
          site.schedule(site.now + between(pause, site.random), work);
        });
      };
      work();
    };
    site.schedule(at, begin);
  }
}

/** A pool opened in advance: all sessions at once, the first use of each much later, then now and then. */
export function prewarmedPool(
  site: Site,
  options: {
    readonly size: number;
    readonly opensAt: number;
    readonly firstUseAt: number;
    readonly useEvery: readonly [number, number];
    readonly application: string;
  },
): void {
  const { size, opensAt, firstUseAt, useEvery, application } = options;
  const statement = { shape: 20, text: 20 };
  for (let index = 0; index < size; index += 1)
    site.schedule(opensAt + index * 0.02, () => {
      const session = site.login(application, application);
      if (session === null) return;
      const use = () => {
        if (!site.use(session, statement, 0.02)) return;
        site.schedule(site.now + between(useEvery, site.random), use);
      };
      site.schedule(Math.max(firstUseAt, site.now) + site.random(), use);
    });
}

/** A pool used last-in first-out: a few sessions carry the load, the others are used at each peak only. */
export function lifoPool(
  site: Site,
  options: {
    readonly size: number;
    readonly usual: number;
    readonly peakEvery: number;
    readonly application: string;
  },
): void {
  const { size, usual, peakEvery, application } = options;
  const statement = { shape: 30, text: 30 };
  const pool: SimulatedSession[] = [];
  const useUpTo = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const session = pool[index];
      if (session?.open) {
        site.use(session, statement, 0.05);
        continue;
      }
      // A pool checks a session before it hands it out, and opens another for one that it lost.
      if (session) site.use(session, statement);
      const fresh = site.login(application, application);
      if (fresh === null) return;
      pool[index] = fresh;
      site.use(fresh, statement, 0.05);
    }
  };
  const peak = () => {
    useUpTo(size);
    site.schedule(site.now + between([peakEvery * 0.9, peakEvery * 1.1], site.random), peak);
  };
  const usually = () => {
    useUpTo(usual);
    site.schedule(site.now + 1, usually);
  };
  site.schedule(1, peak);
  site.schedule(2, usually);
}
