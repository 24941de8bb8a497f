import { setTimeout as delay } from 'node:timers/promises';
import { type AppLogin, type AppSession, openSession } from './app-session.ts';
import { between, gap, type Random } from './random.ts';
import type { Holders, Leak, Requests } from './scenario.ts';

/** What every client of the application is given. */
export interface Surroundings extends AppLogin {
  /** Seconds since the scenario began. */
  elapsed(): number;
}

const STATEMENT = 'SELECT 1';

/** A pool that replaces a lost session takes this long to notice and to begin, in seconds. */
const REFILL_AFTER = 0.5;

/** Waits until a second of the scenario. */
async function until(second: number, around: Surroundings): Promise<void> {
  const ms = Math.max(0, (second - around.elapsed()) * 1000);
  await delay(ms, undefined, { signal: around.stopping });
}

/**
 * One client that holds a session from second `arrivesAt` and comes back to it again and again. `leavesAt` is the
 * second at which it gives the session up for good.
 */
export async function holder(
  group: Holders,
  arrivesAt: number,
  leavesAt: number,
  random: Random,
  around: Surroundings,
): Promise<void> {
  const drainedAt = Math.min(leavesAt, group.leave?.drainedAt ?? leavesAt);
  await until(arrivesAt, around);
  let session: AppSession | null = null;
  while (around.elapsed() < drainedAt) {
    session ??= await openSession(group.name, around);
    if (session && (await session.use(STATEMENT)) === 'ended') {
      around.ledger.healthyClientsCut++;
      session = await openSession(group.name, around);
      await session?.use(STATEMENT);
    }
    const next = Math.min(drainedAt, around.elapsed() + between(group.useEvery, random));
    if (!group.refills) await until(next, around);
    else session = await refilled(group, session, next, around);
  }
  if (Number.isFinite(leavesAt)) await until(leavesAt, around);
  await session?.close();
  if (group.leave?.afterwards !== 'fresh-sessions') return;
  while (true) {
    await until(around.elapsed() + between(group.useEvery, random), around);
    await oneOff(group.name, STATEMENT, around);
  }
}

/** Until `next`, opens another session whenever somebody ends the one that is held. */
async function refilled(
  group: Holders,
  session: AppSession | null,
  next: number,
  around: Surroundings,
): Promise<AppSession | null> {
  let held = session;
  while (held && around.elapsed() < next) {
    const ended = await Promise.race([
      held.whenEnded.then(() => true),
      until(next, around).then(() => false),
    ]);
    if (!ended) return held;
    await until(around.elapsed() + REFILL_AFTER, around);
    held = await openSession(group.name, around);
  }
  return held;
}

/** A session for one statement. Found ended in the middle counts as cut: the client was there. */
async function oneOff(name: string, sql: string, around: Surroundings): Promise<void> {
  const session = await openSession(name, around);
  if (!session) return;
  if ((await session.use(sql)) === 'ended') around.ledger.healthyClientsCut++;
  await session.close();
}

/** Ordinary requests, as they come, side by side; ends when the application stops. */
export async function requests(
  group: Requests,
  random: Random,
  around: Surroundings,
  start: (work: Promise<void>) => void,
): Promise<void> {
  while (true) {
    await until(around.elapsed() + gap(group.perSecond, random), around);
    const sql = `SELECT pg_sleep(${between(group.lasting, random).toFixed(4)})`;
    start(oneOff(group.name, sql, around));
  }
}

/** One finished request that leaves its session open, until the leak is mended at second `closesAt`. */
export async function leakOne(
  group: Leak,
  opensAt: number,
  closesAt: number,
  around: Surroundings,
): Promise<void> {
  await until(opensAt, around);
  const session = await openSession(group.name, around);
  if (!session) return;
  await session.use(group.leftIn === 'idle' ? STATEMENT : `BEGIN; ${STATEMENT}`);
  if (!Number.isFinite(closesAt)) return;
  await until(closesAt, around);
  await session.close();
}
