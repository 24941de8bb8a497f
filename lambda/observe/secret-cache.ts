import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Credentials, CredentialsError } from '../model/session.ts';
import { within } from '../shared/abort.ts';
import type { Clock } from '../shared/clock.ts';
import { printable } from '../shared/printable.ts';

/** What a secret holds that a login takes, and the server that it is for. */
export interface Secret {
  readonly credentials: Credentials;
  /** The host that the secret names, as those of RDS do; null where it names none. */
  readonly host: string | null;
}

/**
 * Reads a secret with a user name and a password. `fresh` is for a password that the server has refused: the cache is
 * passed by and renewed.
 */
export type SecretReader = (arn: string, options: { fresh: boolean; signal: AbortSignal }) => Promise<Secret>;

/** How long a secret is used without asking again, in ms. After a rotation a refused login asks at once. */
const KEEP_FOR_MS = 5 * 60_000;

/** How long after a question it is not repeated, in ms, when there was no answer. */
const ASK_AGAIN_AFTER_MS = 60_000;

/** The longest that Secrets Manager may take to answer, in ms: less than a sample has by default. */
const ANSWER_WITHIN = 4000;

/**
 * A reader of Secrets Manager, to be made once: its cache lives as long as it does. A cached secret is used for as long as
 * the server accepts it. After five minutes it is requested again in the background, so that no sample is lost while
 * Secrets Manager is down or slow.
 */
export function createSecretReader(client: SecretsManagerClient, clock: Pick<Clock, 'now'>): SecretReader {
  const cache = new Map<string, Secret & { readonly until: number }>();
  const read = async (arn: string, signal: AbortSignal) => {
    const secret = parseSecret(arn, await readSecret(client, arn, signal));
    cache.set(arn, { ...secret, until: clock.now() + KEEP_FOR_MS });
    return secret;
  };
  return async (arn, { fresh, signal }) => {
    const cached = cache.get(arn);
    if (cached === undefined || fresh) return await read(arn, signal);
    if (clock.now() >= cached.until) {
      cache.set(arn, { ...cached, until: clock.now() + ASK_AGAIN_AFTER_MS });
      // A failure here does not matter: when the server refuses the password, it is read again, and the reason is reported.
      read(arn, new AbortController().signal).catch(() => {});
    }
    return cached;
  };
}

async function readSecret(
  client: SecretsManagerClient,
  arn: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const command = new GetSecretValueCommand({ SecretId: arn });
    const answer = await within(ANSWER_WITHIN, signal, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    return answer.SecretString;
  } catch (error) {
    signal.throwIfAborted();
    const reason = printable(error instanceof Error ? `${error.name}: ${error.message}` : String(error), 300);
    throw new CredentialsError(`the secret ${arn} could not be read: ${reason}`, { cause: error });
  }
}

/** Says what is missing, never what is there: not even the parser's error, which quotes the text. */
function parseSecret(arn: string, text: string | undefined): Secret {
  if (text === undefined) throw new CredentialsError(`the secret ${arn} is binary, not text`);
  const secret = parseJson(text);
  if (typeof secret !== 'object' || secret === null) {
    throw new CredentialsError(`the secret ${arn} is not a JSON object with username and password`);
  }
  const user = 'username' in secret ? secret.username : undefined;
  const password = 'password' in secret ? secret.password : undefined;
  if (typeof user !== 'string' || user === '') {
    throw new CredentialsError(`the secret ${arn} has no text under username`);
  }
  if (typeof password !== 'string' || password === '') {
    throw new CredentialsError(`the secret ${arn} has no text under password`);
  }
  const host = 'host' in secret && typeof secret.host === 'string' ? secret.host : null;
  return { credentials: { user, password }, host };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
