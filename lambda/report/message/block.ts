import type { Notification } from '../../model/memory.ts';

/** What a message is about, before anything else is said. */
export interface MessageHead {
  /** `fleet`: what discovery changed. */
  readonly kind: Notification['kind'] | 'fleet';
  /** `CRITICAL`, `UNREACHABLE`, `RECOVERED`... */
  readonly word: string;
  /** The database's name, which is untrusted text, or how many databases. */
  readonly about: string;
  readonly headline: string;
  /** Ties later messages to this one. */
  readonly threadId: string;
}

/**
 * One piece of a message, in an order that no medium changes. Texts may hold names of the server's: every renderer
 * cleans and escapes all of them. `fixed` must be shown in a fixed-pitch font, `code` is meant to be pasted.
 */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'fields'; readonly fields: readonly (readonly [label: string, text: string])[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fixed'; readonly lines: readonly string[] }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'link'; readonly label: string; readonly url: string };
