import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../../local/incident');

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'incident-'));
  // PostgreSQL may run as another user.
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Starts a script as a shell would, in a process group of its own, with a directory of its own for what it leaves. */
function start(script: string, args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(FOLDER, script), ...args], {
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const heard = (text: string) =>
    new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk) => {
        output += chunk;
        if (output.includes(text)) resolve();
      });
      child.once('exit', () => reject(new Error(`ended without saying ${JSON.stringify(text)}: ${output}`)));
    });
  if (child.pid === undefined) throw new Error(`${script} did not start`);
  return { child, group: -child.pid, heard, exit: once(child, 'exit') };
}

const startReplay = (...args: string[]) => start('main.ts', args);

/** Processes of the group, and those that name our directory, as PostgreSQL does wherever it belongs. */
function leftRunning(group: number): string[] {
  const all = execFileSync('ps', ['-eo', 'pgid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => {
    const [id, state] = line.trim().split(/\s+/);
    // A zombie has ended; it waits for the machine's first process to take note.
    return (Number(id) === -group || line.includes(directory)) && !state?.startsWith('Z');
  });
}

function leftBehind(): string[] {
  // The cache of the TypeScript loader is not ours.
  return readdirSync(directory).filter((name) => !name.startsWith('tsx-'));
}

describe('a replay that is broken off', () => {
  it('leaves no process and no file behind at Ctrl-C, which every process of the group is sent', async () => {
    const { group, heard, exit } = startReplay();
    await heard('logins refused');
    expect(leftRunning(group)).not.toEqual([]);
    process.kill(group, 'SIGINT');
    expect(await exit).toEqual([130, null]);
    expect(leftRunning(group)).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });

  it('leaves no process and no file behind at SIGTERM, which only the first process is sent', async () => {
    const { child, group, heard, exit } = startReplay('--without-reclaim');
    await heard('logins refused');
    child.kill('SIGTERM');
    expect(await exit).toEqual([143, null]);
    expect(leftRunning(group)).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });

  it('ends when the reader of its output is gone', async () => {
    const { child, group, heard, exit } = startReplay();
    await heard('logins refused');
    child.stdout.destroy();
    expect(await exit).toEqual([1, null]);
    expect(leftRunning(group)).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });
});

describe('a comparison that is broken off', () => {
  it('ends the processes of its plays and leaves nothing behind', async () => {
    const { child, group, exit } = start('bench.ts', ['--row', 'refill', '--policy', 'none']);
    const server = () => leftRunning(group).filter((line) => line.includes('max_connections=200'));
    await vi.waitFor(() => expect(server()).toHaveLength(1), { timeout: 60_000, interval: 200 });
    child.kill('SIGTERM');
    expect(await exit).toEqual([143, null]);
    expect(leftRunning(group)).toEqual([]);
    expect(leftBehind()).toEqual([]);
  });
});

describe('a command line with a mistake', () => {
  it('starts nothing, says what is allowed on standard error, and exits with 2', async () => {
    const { child, exit } = startReplay('--reclaim', 'kill');
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    expect(await exit).toEqual([2, null]);
    expect(said).toContain('--reclaim is off, dry-run, terminate; found "kill"');
    expect(leftBehind()).toEqual([]);
  });
});
