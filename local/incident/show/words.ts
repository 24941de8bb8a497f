import { levelStyle, type Style } from '../../../cli/terminal/style.ts';
import { LEVELS } from '../../../lambda/model/level.ts';

/** `1:23.4` (or `1:23`) for a time in ms. */
export function clock(ms: number, decimals: 0 | 1 = 0): string {
  const tenths = Math.floor(ms / 100);
  const minutes = Math.floor(tenths / 600);
  const seconds = String(Math.floor((tenths % 600) / 10)).padStart(2, '0');
  return decimals === 0 ? `${minutes}:${seconds}` : `${minutes}:${seconds}.${tenths % 10}`;
}

/** A level's word in its colour; a word that is no level as it is. */
export function levelWord(word: string, style: Style): string {
  const level = LEVELS.find((known) => known === word);
  return level ? style(levelStyle(level), level) : word;
}
