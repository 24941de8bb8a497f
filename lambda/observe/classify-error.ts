import { DatabaseError } from 'pg';
import type { Failure, FailureClass, Finding, Limit, Refusal } from '../model/observation.ts';
import { CredentialsError } from '../model/session.ts';
import { printable } from '../shared/printable.ts';
import { UnexpectedAnswerError } from './read-answer.ts';
import { TrustError } from './tls.ts';

/** No text of a server is worth more than this. */
const MAX_TEXT = 300;

/** How far a login had come when it failed; the errors of the driver's own do not say. */
export interface LoginProgress {
  /** TLS was asked for and the certificate has not been accepted yet. */
  readonly securing: boolean;
  /** The server has sent at least one byte. */
  readonly answered: boolean;
  /** The connection to the server is closed. */
  readonly closed: boolean;
}

/** What an error means to us: turned away for want of a slot, or failed. Errors are told apart by SQLSTATE, errno or TLS code: texts differ by version and language. */
export function classifyError(error: unknown, progress: LoginProgress): Finding<Refusal | Failure> {
  if (error instanceof DatabaseError && error.code === '53300') {
    return { kind: 'refused', limit: limitOf(error), text: textOf(error) };
  }
  const failed = (failureClass: FailureClass): Finding<Failure> => ({
    kind: 'failed',
    class: failureClass,
    code: codeOf(error),
    text: textOf(error),
  });
  if (error instanceof DatabaseError) return failed(classOfState(error.code ?? ''));
  if (error instanceof CredentialsError) return failed('secret');
  if (error instanceof TrustError) return failed('tls');
  if (error instanceof UnexpectedAnswerError) return failed('server');
  const code = codeOf(error) ?? '';
  if (DNS_CODES.has(code)) return failed('dns');
  if (code === 'ETIMEDOUT') return failed('timeout');
  if (NETWORK_CODES.has(code)) return failed('network');
  // What is left during the TLS handshake is the certificate, the handshake itself, or a server without TLS. A server that
  // closes the connection without an answer is none of these.
  if (progress.securing && progress.answered) return failed('tls');
  // The driver says without a code that the connection ended, or that it does not understand the server.
  return failed(progress.answered && !progress.closed ? 'server' : 'network');
}

/** True for the SQLSTATE of a wrong password, which is also what a rotated one gives. */
export function isWrongPassword(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '28P01';
}

/**
 * True when a statement failed because its session is gone or useless: every error that the server did not send, and
 * those it sends as it ends a session (57P01 terminated, 57P02 crash, 57P03, 57P05 idle too long, class 08).
 */
export function isSessionLost(error: unknown): boolean {
  return !(error instanceof DatabaseError) || /^(?:57P|08)/.test(error.code ?? '');
}

const DNS_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL']);

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EPIPE',
]);

/** PostgreSQL documentation, appendix A "PostgreSQL Error Codes". */
function classOfState(state: string): FailureClass {
  if (state.startsWith('28')) return 'credentials';
  if (state === '42501') return 'privilege';
  if (state === '3D000' || state === '57P04') return 'no-database';
  // 57014: statement_timeout. 55P03: lock_timeout.
  if (state === '57014' || state === '55P03') return 'timeout';
  // 57P01 shut down by an administrator, 57P02 crash, 57P03 starting up, shutting down or in recovery.
  if (state === '57P01' || state === '57P02' || state === '57P03') return 'restarting';
  return 'server';
}

/**
 * Which limit a 53300 is about: all of them have the same SQLSTATE. The function of the server that reports it comes
 * first, for it is the same in every language (PostgreSQL 12-18). Only `InitPostgres` reports several, which differ by
 * the role names in the text, and those are not translated. The English text is for servers that name no function.
 */
function limitOf({ routine, message }: DatabaseError): Limit {
  switch (routine ?? '') {
    case 'InitializeSessionUserId':
      return 'role-limit';
    case 'CheckMyDatabase':
      return 'database-limit';
    case 'InitPostgres':
      return reservationIn(message);
    // The process table is full (InitProcess), or the postmaster will not fork another (the other two).
    case 'InitProcess':
    case 'ProcessStartupPacket':
    case 'BackendInitialize':
      return 'all-slots';
    default:
      if (message.startsWith('too many connections for role')) return 'role-limit';
      if (message.startsWith('too many connections for database')) return 'database-limit';
      if (message.startsWith('remaining connection slots')) return reservationIn(message);
      return 'all-slots';
  }
}

/** RDS names its `rds_reserved` role, also next to the superuser (versions up to 15). */
function reservationIn(message: string): Limit {
  if (message.includes('rds_reserved')) return 'rds-slots';
  if (message.includes('pg_use_reserved_connections')) return 'reserved-slots';
  return 'superuser-slots';
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return printable(error.code, 60);
  return error.cause === undefined ? null : codeOf(error.cause);
}

/** An AggregateError (several addresses tried) has no text of its own. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return printable(error.errors.map(textOf).join('; '), MAX_TEXT);
  }
  return printable(error instanceof Error ? error.message : String(error), MAX_TEXT);
}
