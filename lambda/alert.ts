import type { Level } from './level.ts';
import type { Observation } from './observation.ts';

/** A reason to tell people something now. */
export interface Notice {
  readonly kind: 'level' | 'recovered';
  readonly level: Level;
  readonly previousLevel: Level;
  /** When the level was entered, ms since the epoch. */
  readonly since: number;
}

/** All that a message says, whatever the medium. */
export interface Alert {
  readonly notice: Notice;
  /** The database's name in the configuration, and where it is. */
  readonly database: string;
  readonly endpoint: string;
  readonly at: number;
  readonly observation: Observation;
}

/** An alert in the forms that are sent. */
export interface RenderedAlert {
  /** One printable line under 100 characters (SNS limit). */
  readonly subject: string;
  /** The email: plain text. */
  readonly text: string;
  /** SNS message attributes for filter policies. */
  readonly attributes: Readonly<Record<'database' | 'level', string>>;
}
