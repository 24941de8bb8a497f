import { readFileSync } from 'node:fs';
import type { PostgresServer } from '../postgres/server.ts';

/** Ticks of the process times in /proc (USER_HZ, always 100 on Linux). */
const TICK_MS = 10;

/**
 * The server's CPU time for what `work` does, in ms for each of `times`: the postmaster's own (it forks) and that of
 * its children that have ended meanwhile, so `work` must log in and out. Null where there is no /proc.
 */
export async function serverCpu(
  server: PostgresServer,
  times: number,
  work: () => Promise<void>,
): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const [row] = await server.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const postmaster = Number(statOf(Number(row?.pid))[1]);
  await work();
  const before = timesOf(postmaster);
  for (let turn = 0; turn < times; turn++) await work();
  // The last session's process ends a moment after its client has gone.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return ((timesOf(postmaster) - before) * TICK_MS) / times;
}

/** Ticks of a process and of its children that have ended: utime, stime, cutime, cstime (proc(5)). */
function timesOf(pid: number): number {
  return statOf(pid)
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** The fields of /proc/<pid>/stat from the third one (state) on: the second, the name, may hold anything. */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
