import type { Answer } from '../../model/memory.ts';
import { duration, instant } from '../../shared/format.ts';
import { printable } from '../../shared/printable.ts';

/** A caller may give any name; a message needs the beginning of it. */
const MAX_NAME = 60;

/** What somebody did, in a few words. */
export function answerWords(answer: Answer): string {
  const { action, at, until = at, ended = 0, named = 0 } = answer;
  const by = `by ${printable(answer.by, MAX_NAME)}`;
  switch (action) {
    case 'acknowledge':
      return `acknowledged ${by}`;
    case 'mute':
      return until > at ? `muted for ${duration((until - at) / 1000)} ${by}` : `no longer muted, ${by}`;
    case 'terminate':
      return `${ended} of ${named} sessions ended ${by}`;
  }
}

/** The same as a sentence, with what follows from it. */
export function answerSentence(answer: Answer, timeZone: string): string {
  const words = answerWords(answer);
  const { action, at, until = at } = answer;
  const follows = {
    acknowledge: ': no reminders come until it is over. A worse level is told.',
    mute:
      until > at
        ? `, until ${instant(until, timeZone)}. FULL is told at once; what else happens is told then.`
        : '.',
    terminate: '.',
  };
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${follows[action]}`;
}
