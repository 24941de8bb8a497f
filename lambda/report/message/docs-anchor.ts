import type { Failure, Refusal } from '../../model/observation.ts';
import type { Alert } from './alert.ts';

/** What the section depends on. */
type About = {
  readonly notification: Pick<Alert['notification'], 'kind' | 'level'>;
  readonly refusal: Pick<Refusal, 'limit'> | null;
  readonly failure: Pick<Failure, 'class'> | null;
};

/** The section of docs/alerts.md about a message: its kind, or its first word with the limit or the class of failure. */
export function docsAnchor({ notification: { kind, level }, refusal, failure }: About): string {
  switch (kind) {
    case 'level':
    case 'server-full':
      return level === 'full' && refusal !== null ? `full-${refusal.limit}` : level;
    case 'unreachable':
    case 'still-unreachable':
      return failure === null ? 'unreachable' : `unreachable-${failure.class}`;
    default:
      return kind;
  }
}
