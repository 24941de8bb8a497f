import { add } from './ledger.ts';
import { gap } from './random.ts';
import type { Pool } from './scenario.ts';
import type { AppSession, Surroundings } from './surroundings.ts';

/** What a use of a session runs. */
const USE = 'SELECT pg_sleep(0.05)';

/** A pool with its users, until the application stops. */
export async function pool(group: Pool, around: Surroundings): Promise<void> {
  const free: AppSession[] = [];
  let size = 0;
  const open = async (): Promise<AppSession | null> => {
    size++;
    const session = await around.open(group.name, group.application ?? '');
    if (!session) {
      size--;
      return null;
    }
    // The pool would have handed it out again, sooner or later.
    const replaced = session.whenEnded.then(() => {
      add(around.ledger.cut, group.name, 1);
      size--;
      const index = free.indexOf(session);
      if (index >= 0) free.splice(index, 1);
    });
    around.start(Promise.race([replaced, around.until(Number.POSITIVE_INFINITY)]));
    return session;
  };
  const use = async (statement: string) => {
    const session = free.pop() ?? (size < group.size ? await open() : null);
    if (session && (await session.use(statement)) === 'done') free.push(session);
  };
  const usual = async () => {
    const random = around.random(group.name);
    while (group.usesPerSecond > 0) {
      await around.until(around.elapsed() + gap(group.usesPerSecond, random));
      around.start(use(USE));
    }
  };

  for (let index = 0; index < group.size; index++) {
    await around.until(group.opens.at + (group.opens.over * index) / group.size);
    const session = await open();
    if (session && (await session.use('SELECT 1')) === 'done') free.push(session);
  }
  around.start(usual());
  for (let peak = group.peaks.first; ; peak += group.peaks.every) {
    await around.until(peak);
    for (let index = 0; index < group.size; index++) around.start(use(USE));
  }
}
