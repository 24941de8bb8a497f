import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Runs a main function, given as source, in a process of its own. */
function run(main: string) {
  const script = `import { runToEnd } from './local/run-to-end.ts'; await runToEnd(${main});`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { encoding: 'utf8', cwd: `${import.meta.dirname}/../..` },
  );
  return { status, stderr };
}

describe('a script that runs to its end', () => {
  it('ends with the status of its main function', () => {
    expect(run('async () => 3')).toEqual({ status: 3, stderr: '' });
  });

  it('fails loudly when what it waits for never comes', () => {
    const { status, stderr } = run('() => new Promise(() => {})');
    expect(stderr).toContain('stopped before it was done');
    expect(status).toBe(1);
  });

  it('ends with the error that its main function threw', () => {
    const { status, stderr } = run("async () => { throw new Error('no server'); }");
    expect(stderr).toContain('no server');
    expect(stderr).not.toContain('stopped before');
    expect(status).toBe(1);
  });
});
