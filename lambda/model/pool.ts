import { createHash } from 'node:crypto';

/** Sessions that one application opened for one role in one database. Names are the server's: untrusted text. */
export interface Pool {
  readonly role: string | null;
  readonly database: string | null;
  readonly application: string;
}

/** A short name for a pool, of fixed length whatever its application calls itself. */
export function poolHash({ role, database, application }: Pool): string {
  return createHash('sha256')
    .update(JSON.stringify([role, database, application]))
    .digest('base64url')
    .slice(0, 8);
}
