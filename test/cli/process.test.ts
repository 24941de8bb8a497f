import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/** Runs the command line as a process of its own, by a shell. */
function shell(command: string) {
  const program = `"${process.execPath}" --import tsx cli/main.ts`;
  const run = spawnSync('/bin/sh', ['-c', command.replace('RCG', program)], { encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

describe('the process', () => {
  test.skipIf(!existsSync('/dev/full'))('says in one line that a disk is full, and exits with 3', () => {
    const { code, err } = shell('RCG setup-sql > /dev/full');
    expect(code).toBe(3);
    expect(err).toBe('rds-connection-guard: ENOSPC: no space left on device, write\n');
  });

  test('ends quietly when its reader has gone', () => {
    expect(shell('RCG setup-sql --help | true')).toMatchObject({ code: 0, err: '' });
  });

  test('says its version, and its help where nothing was asked', () => {
    expect(shell('RCG --version').out).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { code, out, err } = shell('RCG');
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(/^Usage: rds-connection-guard/);
  });
});
