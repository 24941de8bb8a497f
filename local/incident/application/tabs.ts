import { add } from './ledger.ts';
import { between, type Random } from './random.ts';
import type { Tabs } from './scenario.ts';
import { type AppSession, type Surroundings, untilOrEnded } from './surroundings.ts';

/** A browser opens a broken stream again after some 3 s (EventSource). */
const RECONNECT: readonly [number, number] = [2.5, 3.5];

/** Seconds until the site finds out that a stream has no reader: at its second write to it. */
const NOTICED_WITHIN: readonly [number, number] = [0, 5];

/** One user of the site, with one tab after the other. */
export async function user(group: Tabs, index: number, around: Surroundings): Promise<void> {
  const random = around.random(`${group.name}/${index}`);
  const channel = Math.floor(index / (group.shareValues ?? 1)) + 1;
  const poll = `SELECT id, body FROM events WHERE channel = ${channel} AND id > 0`;
  const stays = index % 2 === 1 ? group.staysFor : null;
  const comesAt = index / group.perSecond;
  await around.until(comesAt);
  while (around.elapsed() < group.until) {
    const closesAt = stays ? around.elapsed() + between(stays, random) : Number.POSITIVE_INFINITY;
    const session = await openTab(group, poll, closesAt, random, around);
    if (session) around.start(closedTab(group, session, poll, random, around));
  }
}

/** One tab until it is closed. Returns its session, if it has one then. */
async function openTab(
  group: Tabs,
  poll: string,
  closesAt: number,
  random: Random,
  around: Surroundings,
): Promise<AppSession | null> {
  let session: AppSession | null = null;
  while (around.elapsed() < closesAt) {
    session ??= await around.open(group.name, group.application ?? '');
    const pause = between(session ? group.pollEvery : RECONNECT, random);
    const next = Math.min(closesAt, around.elapsed() + pause);
    if (!session) await around.until(next);
    else if (
      (await session.use(poll)) === 'ended' ||
      (await untilOrEnded(session, next, around)) === 'ended'
    ) {
      add(around.ledger.cut, group.name, 1);
      session = null;
      await around.until(around.elapsed() + between(RECONNECT, random));
    }
  }
  return session;
}

/** What a closed tab leaves behind. */
async function closedTab(
  group: Tabs,
  session: AppSession,
  poll: string,
  random: Random,
  around: Surroundings,
): Promise<void> {
  const { closed, mend } = group;
  const goesOn = closed === 'polling' || (closed === 'both' && random() < 0.5);
  const noticedAt = around.elapsed() + between(NOTICED_WITHIN, random);
  const closesAt = mend ? mend.at + mend.over * random() : Number.POSITIVE_INFINITY;
  session.countAs('closed tabs');
  while (around.elapsed() < Math.min(closesAt, goesOn ? closesAt : noticedAt)) {
    if ((await session.use(poll)) === 'ended') return;
    const next = Math.min(closesAt, around.elapsed() + between(group.pollEvery, random));
    if ((await untilOrEnded(session, next, around)) === 'ended') return;
  }
  if (!Number.isFinite(closesAt)) return;
  await around.until(closesAt);
  await session.close();
}
