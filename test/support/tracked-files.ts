import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The files that git would commit, those not added yet among them; paths from the root of the repository. */
export function trackedFiles(...patterns: readonly string[]): string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...patterns];
  const names = execFileSync('git', list, { encoding: 'utf8' }).split('\0');
  return names.filter((name) => name !== '' && existsSync(name));
}
