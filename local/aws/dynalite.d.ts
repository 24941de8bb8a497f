declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** DynamoDB over HTTP, in memory. `createTableMs`: how long a new table stays in CREATING. */
  function dynalite(options: { createTableMs?: number }): Server;
  export = dynalite;
}
