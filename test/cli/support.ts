import { runCli } from '../../cli/cli.ts';
import type { Environment } from '../../cli/connection/environment.ts';
import type { Context } from '../../cli/context.ts';
import type { ExitCode } from '../../cli/exit-code.ts';
import { styleFor } from '../../cli/terminal/style.ts';
import { systemClock } from '../../lambda/shared/clock.ts';
import type { Login } from '../../local/postgres/roles.ts';
import type { PostgresServer } from '../../local/postgres/server.ts';

/** What a command line gave. */
export interface CommandRun {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** The world of a command that is given nothing: no terminal, no home, no person to ask. */
export function testContext(world: Partial<Context>): Context {
  return {
    env: {},
    home: '/nonexistent',
    user: 'somebody',
    cwd: process.cwd(),
    clock: systemClock,
    signal: new AbortController().signal,
    screen: { style: styleFor(false), width: null },
    out: () => {},
    err: () => {},
    errIsTerminal: true,
    ask: null,
    terminal: null,
    ...world,
  };
}

/** Runs one command line as `main.ts` does, its world replaced by `world`. */
export async function runCommand(
  argv: readonly string[],
  env: Environment,
  world: Partial<Context> = {},
): Promise<CommandRun> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(
    argv,
    testContext({
      env,
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      ...world,
    }),
  );
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** The environment with which libpq, and so the command line, reaches a server without TLS. */
export function environmentFor(server: PostgresServer, login: Login): Environment {
  return {
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGUSER: login.user,
    PGPASSWORD: login.password,
    PGSSLMODE: 'disable',
    PGCONNECT_TIMEOUT: '10',
  };
}

/** The same, for a command that is to be kept waiting until its time is over. */
export const impatient = (env: Environment): Environment => ({ ...env, PGCONNECT_TIMEOUT: '2' });
