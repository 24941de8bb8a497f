import { add } from './ledger.ts';
import { between } from './random.ts';
import type { Tasks } from './scenario.ts';
import { type Surroundings, untilOrEnded } from './surroundings.ts';

/** Seconds until a task whose login was refused tries again. */
const RETRY_AFTER = 2;

/** One background task, until the application stops or its session is ended: it does not recover from that. */
export async function task(group: Tasks, index: number, around: Surroundings): Promise<void> {
  const random = around.random(`${group.name}/${index}`);
  await around.until(group.startWithin * random());
  let session = await around.open(group.name, group.application ?? '');
  while (!session) {
    await around.until(around.elapsed() + RETRY_AFTER);
    session = await around.open(group.name, group.application ?? '');
  }
  for (let step = 0; ; step++) {
    const statement =
      step % 2 === 0
        ? `INSERT INTO runs (task, step) VALUES (${index + 1}, ${step})`
        : `UPDATE runs SET done = true WHERE task = ${index + 1} AND step = ${step - 1}`;
    if (
      (await session.use(statement)) === 'ended' ||
      (await untilOrEnded(session, around.elapsed() + between(group.pause, random), around)) === 'ended'
    ) {
      add(around.ledger.cut, group.name, 1);
      return;
    }
  }
}
