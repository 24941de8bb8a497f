import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { startPostgres } from '../../../local/postgres/server.ts';
import { answers } from './answers.ts';

test('a server that does not start says why and leaves nothing', async () => {
  const starting = startPostgres({ settings: { work_mem: 'much' } });
  await expect(starting).rejects.toThrow(/work_mem/);
});

test.each(['SIGINT', 'SIGTERM', 'throw'] as const)(
  '%s ends the server and removes its directory',
  async (how) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/local/postgres/hold.ts', how], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exit = once(child, 'exit');
    for await (const line of createInterface(child.stdout)) {
      const [port = '', directory = ''] = line.split(' ');
      if (how !== 'throw') child.kill(how);
      await exit;
      expect(existsSync(dirname(directory))).toBe(false);
      expect(await answers(Number(port))).toBe(false);
    }
    expect(child.exitCode ?? child.signalCode).toBe(how === 'throw' ? 1 : how);
  },
);
