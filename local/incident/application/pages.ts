import { add } from './ledger.ts';
import { between, gap } from './random.ts';
import type { Pages } from './scenario.ts';
import type { AppSession, Surroundings } from './surroundings.ts';

/** Seconds until a refused request is tried again. */
const RETRY_AFTER: readonly [number, number] = [1, 3];

/** An exception with its traceback leaves more garbage than a page. */
const REFUSAL_WEIGHS = 2;

/** Pages of the site, one request after the other, until they end or the application stops. */
export async function pages(group: Pages, around: Surroundings): Promise<void> {
  const random = around.random(group.name);
  const collector = startCollector(group, around);
  if (group.mend) around.start(collector.mend());
  for (let number = 1; around.elapsed() < (group.until ?? Number.POSITIVE_INFINITY); number++) {
    await around.until(around.elapsed() + gap(group.perSecond, random));
    around.start(page(group, number, collector, around));
  }
}

/** One request: it opens a session, runs its statement, and is done with it. */
async function page(group: Pages, number: number, collector: Collector, around: Surroundings): Promise<void> {
  const { ledger } = around;
  const random = around.random(`${group.name}/${number}`);
  while (true) {
    ledger.requests++;
    const session = await around.open(group.name, group.application ?? '');
    if (session) {
      const statement = `SELECT title FROM pages WHERE id = ${1 + Math.floor(random() * 900)}`;
      if ((await session.use(statement)) === 'ended') add(ledger.cut, group.name, 1);
      else if (group.mend && around.elapsed() >= group.mend.at) await session.close();
      else collector.leave(session);
      return;
    }
    ledger.refusedRequests++;
    collector.leave(null);
    if (random() >= group.retried) return;
    await around.until(around.elapsed() + between(RETRY_AFTER, random));
  }
}

interface Collector {
  /** A request is over; its session, if it had one, is garbage. */
  leave(session: AppSession | null): void;
  /** Closes what is left when the leak is mended. */
  mend(): Promise<void>;
}

/** Python's garbage collector: it runs when enough was allocated, and finds some of the garbage each time. */
function startCollector({ name, collector, mend }: Pages, around: Surroundings): Collector {
  const random = around.random(`${name}/collector`);
  let garbage: AppSession[] = [];
  let due = between(collector.every, random);
  return {
    leave: (session) => {
      if (session) garbage.push(session);
      due -= session ? 1 : REFUSAL_WEIGHS;
      if (due > 0) return;
      due = between(collector.every, random);
      const share = between(collector.share, random);
      const kept: AppSession[] = [];
      for (const left of garbage.filter(({ isOpen }) => isOpen)) {
        if (random() < share) around.start(left.close());
        else kept.push(left);
      }
      garbage = kept;
    },
    mend: async () => {
      if (!mend) return;
      await around.until(mend.at);
      const left = garbage.filter(({ isOpen }) => isOpen);
      for (const [index, session] of left.entries()) {
        await around.until(mend.at + (mend.over * index) / left.length);
        await session.close();
      }
    },
  };
}
