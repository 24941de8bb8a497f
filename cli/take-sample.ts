import type { Refusal, Sample } from '../lambda/model/observation.ts';
import type { Observer } from '../lambda/model/observer.ts';
import type { Session } from '../lambda/model/session.ts';
import { createObserver, type ObserverOptions } from '../lambda/observe/observer.ts';
import { printable } from '../lambda/shared/printable.ts';
import { type Connection, endpointOf } from './connection/connection.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { failureWords, partialWords, refusalWords } from './view/words.ts';

/** What a command works on: the sample, and the session it was taken on. */
export interface Sampled {
  readonly sample: Sample;
  readonly session: Session;
}

/** Seconds of silence after which a command says what it waits for. */
const SILENT_FOR = 1;

/**
 * Opens an observer, hands it to `work`, and ends its session whatever comes. The first refusal of a sample is said at once:
 * trying for a slot may take all the time that a monitoring system gives.
 */
export async function withObserver<Result>(
  { database, credentials }: Connection,
  { clock, err }: Context,
  work: (observer: Observer) => Promise<Result>,
  options: Pick<ObserverOptions, 'onRefused' | 'withSessions'> = {},
): Promise<Result> {
  const onRefused = (refusal: Refusal) => err(`${endpointOf(database)}: ${refusalWords(refusal).what}`);
  const observer = createObserver({ target: database, credentials, clock, onRefused, ...options });
  try {
    return await work(observer);
  } finally {
    await observer.close();
  }
}

/** Takes one sample; after a second says on standard error what it waits for, for a full server may take the whole time allowed. */
export async function sampleWith(observer: Observer, { database }: Connection, context: Context) {
  const { clock, signal, err } = context;
  const answered = new AbortController();
  const word = clock.sleep(SILENT_FOR * 1000, answered.signal).then(
    () => err(`${endpointOf(database)}: no sample yet, trying for ${database.checkTimeout} s`),
    () => {},
  );
  try {
    return await observer.sample(signal);
  } finally {
    answered.abort();
    await word;
    signal.throwIfAborted();
  }
}

/** Takes a sample for a command that needs every session to be seen. Otherwise says why not, and with what to exit. */
export async function fullSample(
  observer: Observer,
  connection: Connection,
  context: Context,
): Promise<Sampled | ExitCode> {
  const observation = await sampleWith(observer, connection, context);
  const { name } = connection.database;
  const explain = ({ what, hint }: { readonly what: string; readonly hint: string }) => {
    context.err(`${printable(name, 100)}: ${what}\nnow: ${hint}`);
  };
  switch (observation.kind) {
    case 'sample':
      if (observer.session !== null) return { sample: observation, session: observer.session };
      explain({ what: 'the session was lost right after the sample', hint: 'try again' });
      return EXIT.unknown;
    case 'partial':
      explain(partialWords(observation));
      return EXIT.unknown;
    case 'refused':
      explain(refusalWords(observation));
      return EXIT.critical;
    case 'failed':
      explain(failureWords(observation, connection));
      return EXIT.unknown;
  }
}
