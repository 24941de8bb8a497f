import type { Observer, Sample } from '../lambda/model/observation.ts';
import type { Session } from '../lambda/model/session.ts';
import { createObserver } from '../lambda/observe/observer.ts';
import { printable } from '../lambda/shared/printable.ts';
import type { Connection } from './connection/connect.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { failureWords, partialWords, refusalWords } from './view/words.ts';

/** What a command works on once it has looked: the sample, and the session it was taken on. */
export interface Sighting {
  readonly sample: Sample;
  readonly session: Session;
}

/** Opens an observer, hands it to `work`, and ends its session whatever comes. */
export async function withObserver<Result>(
  { database, credentials }: Connection,
  { clock }: Context,
  work: (observer: Observer) => Promise<Result>,
): Promise<Result> {
  const observer = createObserver({ target: database, credentials, clock });
  try {
    return await work(observer);
  } finally {
    await observer.close();
  }
}

/** Looks, for a command that needs every session to be seen. Otherwise says why not, and with what to exit. */
export async function snapshot(
  observer: Observer,
  name: string,
  context: Context,
): Promise<Sighting | ExitCode> {
  const observation = await observer.sample(context.signal);
  context.signal.throwIfAborted();
  const explain = ({ what, hint }: { readonly what: string; readonly hint: string }) => {
    context.err(`${printable(name, 100)}: ${what}\nnow: ${hint}`);
  };
  switch (observation.kind) {
    case 'sample':
      if (observer.session !== null) return { sample: observation, session: observer.session };
      explain({ what: 'the session was lost right after the look', hint: 'look again' });
      return EXIT.unknown;
    case 'partial':
      explain(partialWords(observation));
      return EXIT.unknown;
    case 'refused': {
      const { what, hint } = refusalWords(observation);
      explain({ what: `the server refuses logins: ${what}`, hint });
      return EXIT.critical;
    }
    case 'failed':
      explain(failureWords(observation));
      return EXIT.unknown;
  }
}
