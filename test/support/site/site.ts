import { type Random, randomFrom } from '../../../local/incident/application/random.ts';

// A site as plain data: clients that open sessions, use them, and come back or not, on a server with a fixed number of
// slots, in simulated time. A sweep over seeds and numbers takes seconds.

/** The last statement of a simulated session: its place in the application, and its values. */
export interface Statement {
  readonly shape: number;
  readonly text: number;
}

/** One session of the simulated server. Times are seconds. */
export interface SimulatedSession {
  readonly pid: number;
  readonly application: string;
  readonly openedAt: number;
  changedAt: number;
  state: 'active' | 'idle';
  statement: Statement;
  /** A client that finds it ended counts as cut, under this name. */
  readonly client: string;
  open: boolean;
  /** Told when the guard ends the session. */
  onEnded: () => void;
}

/** What became of the clients. */
export interface SiteOutcome {
  refused: number;
  /** Clients that came back to a session and found it ended, by their name. */
  readonly cut: Map<string, number>;
  peak: number;
}

/** A server in simulated time. */
export interface Site {
  readonly now: number;
  readonly random: Random;
  readonly sessions: ReadonlyMap<number, SimulatedSession>;
  readonly outcome: SiteOutcome;
  /** Runs `step` when it is `at` seconds. */
  schedule(at: number, step: () => void): void;
  /** Opens a session, or counts a refusal and gives null. */
  login(client: string, application?: string): SimulatedSession | null;
  /** One statement of some seconds. False, and a cut counted, when the session was ended meanwhile. */
  use(session: SimulatedSession, statement: Statement, lasting?: number): boolean;
  /** The client closes it. */
  close(session: SimulatedSession): void;
  /** The guard ends it. */
  end(pid: number): void;
  /** Plays until second `end`. */
  play(end: number): void;
}

/**
 * An empty site.
 *
 * @param slots sessions that it has room for.
 */
export function createSite(slots: number, seed: string): Site {
  const random = randomFrom(seed);
  const sessions = new Map<number, SimulatedSession>();
  const outcome: SiteOutcome = { refused: 0, cut: new Map(), peak: 0 };
  const steps = new Map<number, (() => void)[]>();
  let tick = 0;
  let pid = 0;

  /** Centiseconds are fine enough: nothing in a site of this size happens more often. */
  const site: Site = {
    get now() {
      return tick / 100;
    },
    random,
    sessions,
    outcome,
    schedule: (at, step) => {
      const when = Math.max(tick + 1, Math.round(at * 100));
      const there = steps.get(when);
      if (there) there.push(step);
      else steps.set(when, [step]);
    },
    login: (client, application = '') => {
      if (sessions.size >= slots) {
        outcome.refused++;
        return null;
      }
      pid += 1;
      const session: SimulatedSession = {
        ...{ pid, client, application, openedAt: site.now, changedAt: site.now, state: 'idle' },
        ...{ statement: { shape: 0, text: 0 }, open: true, onEnded: () => {} },
      };
      sessions.set(pid, session);
      outcome.peak = Math.max(outcome.peak, sessions.size);
      return session;
    },
    use: (session, statement, lasting = 0) => {
      if (!session.open) {
        outcome.cut.set(session.client, (outcome.cut.get(session.client) ?? 0) + 1);
        return false;
      }
      session.changedAt = site.now;
      session.statement = statement;
      if (lasting === 0) return true;
      session.state = 'active';
      site.schedule(site.now + lasting, () => {
        session.state = 'idle';
        session.changedAt = site.now;
      });
      return true;
    },
    close: (session) => {
      session.open = false;
      sessions.delete(session.pid);
    },
    end: (ended) => {
      const session = sessions.get(ended);
      if (session === undefined) return;
      site.close(session);
      session.onEnded();
    },
    play: (end) => {
      const last = Math.round(end * 100);
      for (; tick < last; tick += 1) {
        const due = steps.get(tick);
        if (due === undefined) continue;
        steps.delete(tick);
        for (const step of due) step();
      }
    },
  };
  return site;
}
