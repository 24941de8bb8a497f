import { add } from './ledger.ts';
import { between, gap } from './random.ts';
import type { Holders, Leak, Requests } from './scenario.ts';
import { type AppSession, type Surroundings, untilOrEnded } from './surroundings.ts';

const STATEMENT = 'SELECT title FROM pages WHERE id = 1';

/** A pool that replaces a lost session takes this long to find out and to begin, in seconds. */
const REFILL_AFTER = 0.5;

/** One client that holds a session and comes back to it again and again. */
export async function holder(group: Holders, index: number, around: Surroundings): Promise<void> {
  const { arrive, leave, count } = group;
  const random = around.random(`${group.name}/${index}`);
  const leavesAt = leave ? leave.at + (leave.over * index) / count : Number.POSITIVE_INFINITY;
  const drainedAt = Math.min(leavesAt, leave?.drainedAt ?? leavesAt);
  await around.until(arrive.at + (arrive.over * index) / count);
  let session: AppSession | null = null;
  while (around.elapsed() < drainedAt) {
    session ??= await around.open(group.name, group.application ?? '');
    if (session && (await session.use(STATEMENT)) === 'ended') {
      add(around.ledger.cut, group.name, 1);
      session = await around.open(group.name, group.application ?? '');
      await session?.use(STATEMENT);
    }
    const next = Math.min(drainedAt, around.elapsed() + between(group.useEvery, random));
    if (!group.refills || !session) await around.until(next);
    else session = await refilled(group, session, next, around);
  }
  if (Number.isFinite(leavesAt)) {
    await around.until(leavesAt);
    await session?.close();
  }
}

/** Until `next`, opens another session whenever the one that is held is ended. */
async function refilled(
  group: Holders,
  session: AppSession,
  next: number,
  around: Surroundings,
): Promise<AppSession | null> {
  let held: AppSession | null = session;
  while (held && around.elapsed() < next) {
    if ((await untilOrEnded(held, next, around)) === 'done') return held;
    await around.until(around.elapsed() + REFILL_AFTER);
    held = await around.open(group.name, group.application ?? '');
  }
  return held;
}

/** Ordinary requests, as they come, side by side; ends when the application stops. */
export async function requests(group: Requests, around: Surroundings): Promise<void> {
  const random = around.random(group.name);
  const { ledger } = around;
  const request = async (sql: string) => {
    ledger.requests++;
    const session = await around.open(group.name, group.application ?? '');
    if (!session) {
      ledger.refusedRequests++;
      return;
    }
    if ((await session.use(sql)) === 'ended') add(ledger.cut, group.name, 1);
    await session.close();
  };
  while (true) {
    await around.until(around.elapsed() + gap(group.perSecond, random));
    around.start(request(`SELECT pg_sleep(${between(group.lasting, random).toFixed(4)})`));
  }
}

/** Finished requests that leave their sessions open, one after the other, until the application stops. */
export async function leak(group: Leak, around: Surroundings): Promise<void> {
  const leakOne = async () => {
    const session = await around.open(group.name, group.application ?? '');
    await (group.leftIn === 'idle' ? session?.use(STATEMENT) : session?.leaveInTransaction(STATEMENT));
  };
  for (let index = 0; index < group.initially; index++) around.start(leakOne());
  for (let index = 1; ; index++) {
    await around.until(group.at + index / group.perSecond);
    around.start(leakOne());
  }
}
