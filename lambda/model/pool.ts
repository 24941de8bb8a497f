import { createHash } from 'node:crypto';
import * as v from 'valibot';

/** See {@link Pool}. */
export const pool = v.object({
  role: v.nullable(v.string()),
  database: v.nullable(v.string()),
  application: v.string(),
});

/** Sessions that one application opened for one role in one database. Names are the server's: untrusted text. */
export type Pool = Readonly<v.InferOutput<typeof pool>>;

/** A short name for a pool, of fixed length whatever its application calls itself. */
export function poolHash({ role, database, application }: Pool): string {
  return createHash('sha256')
    .update(JSON.stringify([role, database, application]))
    .digest('base64url')
    .slice(0, 8);
}
