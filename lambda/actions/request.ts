import * as v from 'valibot';
import { LONGEST_MUTE } from '../assess/answered.ts';
import { parse, strict, wholeNumber } from '../config/validation.ts';
import { printable } from '../shared/printable.ts';

/** Sessions that one request may name: what one check of reclaim ends, by default. */
export const MOST_SESSIONS = 100;

/** A caller's name is told in messages and kept in the memory. Characters. */
const MAX_NAME = 100;

/** The form in which the server's moments are told: in UTC, with microseconds. */
const moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, 'a moment as preview tells it'),
);

/** What preview tells of a session: more than these three is allowed, and not looked at. */
const session = v.object({ pid: wholeNumber(1, 2 ** 31 - 1), backendStart: moment, stateChange: moment });

const sessions = v.pipe(
  v.array(session),
  v.minLength(1, 'at least one session'),
  v.maxLength(MOST_SESSIONS, `at most ${MOST_SESSIONS} sessions`),
);

const common = {
  /** Its name in the configuration. */
  database: v.string('the name of a database'),
  /** Who asks, as they call themselves. */
  by: v.optional(v.string()),
};

const requestSchema = v.variant(
  'action',
  [
    strict({ ...common, action: v.literal('holders') }),
    strict({ ...common, action: v.literal('preview') }),
    strict({ ...common, action: v.literal('acknowledge') }),
    /** 0 ends a mute. */
    strict({ ...common, action: v.literal('mute'), minutes: wholeNumber(0, LONGEST_MUTE / 60) }),
    strict({ ...common, action: v.literal('terminate'), sessions }),
    /** With the whole answer of preview, as it came. */
    strict({
      ...common,
      database: v.optional(common.database),
      action: v.literal('terminate'),
      preview: v.object({ database: common.database, reclaim: v.object({ sessions }) }),
    }),
  ],
  'holders, preview, acknowledge, mute or terminate',
);

type Written = v.InferOutput<typeof requestSchema>;
type Plain = Exclude<Written, { readonly preview: unknown }>;

/** A button has no place for what was shown: whatever preview shows at that moment is meant. */
export interface EndShown {
  readonly action: 'terminate';
  readonly database: string;
  readonly sessions: 'as preview shows';
}

/** What is asked for, of which database, and by which person or dashboard as far as AWS tells. */
export type Request = (Plain | EndShown) & { readonly by: string };

/** A session that a request names: it is ended only while all three are as they were shown. */
export type NamedSession = v.InferOutput<typeof session>;

/**
 * Reads what was sent.
 *
 * @param caller who sent it, where AWS tells; it outranks what they call themselves.
 * @throws {ConfigurationError} with every mistake at once.
 */
export function readRequest(sent: unknown, caller: string | null): Request {
  const request = plain(parse(requestSchema, sent, 'the request'));
  const name = (caller ?? request.by ?? '').trim();
  return { ...request, by: name === '' ? 'a caller without a name' : printable(name, MAX_NAME) };
}

function plain(request: Written): Plain {
  if (!('preview' in request)) return request;
  const { preview, ...rest } = request;
  return { ...rest, database: preview.database, sessions: preview.reclaim.sessions };
}
