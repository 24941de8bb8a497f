import { startPostgres } from '../../../local/postgres/server.ts';

// A process that starts a server, says where, and then ends in the way that its argument names.
const server = await startPostgres();
const [row] = await server.query<{ directory: string }>(
  `SELECT current_setting('data_directory') AS directory`,
);
process.stdout.write(`${server.port} ${row?.directory}\n`);
if (process.argv[2] === 'throw') throw new Error('as asked');
setInterval(() => {}, 1000);
