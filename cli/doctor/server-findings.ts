import { usableSlots } from '../../lambda/model/observation.ts';
import { duration } from '../../lambda/shared/format.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { promisedTo } from './budget-findings.ts';
import type { ApplicationRole, Facts } from './facts.ts';
import { aboutRole, advice, type Finding, good, setting } from './finding.ts';
import type { Peaks } from './peaks.ts';

/** `idle_session_timeout` exists from here on. */
const IDLE_TIMEOUT_SINCE = 140_000;

/** The longest first probe of a silent peer, in seconds, with which a dead client is noticed in good time. */
const KEEPALIVES_WITHIN = 600;

/** A peak says something once it was watched for so many seconds. */
const WATCHED_FOR = 3600;

/** Names at most so many roles in one line; the remedy has them all. */
const NAMED = 5;

/** Is this server set up to survive an application that leaks? */
export function serverFindings(facts: Facts): readonly Finding[] {
  return [idleTimeout(facts), transactionTimeout(facts), keepalives(facts), ...limits(facts)];
}

function idleTimeout({ idleSessionTimeout, roles, observation }: Facts): Finding {
  const topic = 'idle-timeout';
  if (observation.server.versionNum < IDLE_TIMEOUT_SINCE || idleSessionTimeout === null) {
    return advice(
      topic,
      'the server cannot end idle sessions by itself: idle_session_timeout came with PostgreSQL 14',
      ['-- upgrade, or let reclaim do it (mode dry-run first)'],
    );
  }
  if (idleSessionTimeout > 0)
    return good(topic, `idle_session_timeout is ${idleSessionTimeout / 1000} s for all`);
  const without = roles.filter(({ hasIdleTimeout }) => !hasIdleTimeout);
  if (without.length === 0) return good(topic, 'every role that logs in has an idle_session_timeout');
  return advice(
    topic,
    `no idle_session_timeout for ${named(without)}: what they leave open stays (set their pool's idle timeout below it)`,
    without.map(({ name }) =>
      aboutRole(name, (role) => `ALTER ROLE ${role} SET idle_session_timeout = '10min';`),
    ),
  );
}

function transactionTimeout({ idleInTransactionTimeout, roles }: Facts): Finding {
  const topic = 'transaction-timeout';
  if (idleInTransactionTimeout > 0) {
    return good(topic, `idle_in_transaction_session_timeout is ${idleInTransactionTimeout / 1000} s for all`);
  }
  const without = roles.filter(({ hasTransactionTimeout }) => !hasTransactionTimeout);
  if (without.length === 0) return good(topic, 'every role has an idle_in_transaction_session_timeout');
  return advice(
    topic,
    `no idle_in_transaction_session_timeout for ${named(without)}: a forgotten transaction holds slot, locks and old rows`,
    without.map(({ name }) =>
      aboutRole(name, (role) => `ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '5min';`),
    ),
  );
}

function keepalives({ keepalivesIdle, isRds }: Facts): Finding {
  const topic = 'keepalives';
  if (keepalivesIdle > 0 && keepalivesIdle <= KEEPALIVES_WITHIN) {
    return good(topic, `a client that vanished is probed after ${keepalivesIdle} s (tcp_keepalives_idle)`);
  }
  const now = keepalivesIdle === 0 ? "the operating system's (2 hours on Linux)" : `${keepalivesIdle} s`;
  return advice(topic, `tcp_keepalives_idle is ${now}: clients that vanished keep their slots as long`, [
    ...setting(isRds, 'tcp_keepalives_idle', '300', false),
  ]);
}

function limits({ observation, roles, peaks, budgets }: Facts): readonly Finding[] {
  const topic = 'limits';
  const usable = usableSlots(observation.capacity);
  if (roles.length === 0) return [good(topic, 'no role but ours can log in')];
  // A role that is a budget has its limit from there.
  const unlimited = roles.filter(
    (role) => role.limit === null && promisedTo(role, budgets)?.isWhole !== true,
  );
  const limited = roles.filter((role) => role.limit !== null);
  const sum = limited.reduce((total, { limit }) => total + (limit ?? 0), 0);
  const findings: Finding[] = [];
  if (unlimited.length > 0) {
    const { rests, statements } = fromPeaks(unlimited, peaks);
    const text = `no CONNECTION LIMIT for ${named(unlimited)}: one leak there takes all ${usable} usable slots. ${rests}`;
    findings.push(advice(topic, text, statements));
  }
  if (sum > usable) {
    const { rests, statements } = fromPeaks(limited, peaks);
    const text = `the limits of ${named(limited)} add up to ${sum}, more than the ${usable} usable slots: they do not protect each other. ${rests}`;
    findings.push(advice(topic, text, statements));
  }
  if (findings.length > 0 || limited.length < roles.length) return findings;
  return [good(topic, `every role has a CONNECTION LIMIT; they add up to ${sum} of ${usable} usable slots`)];
}

/** A limit for each role whose peak was watched for long enough: half as much again, two more at least. */
function fromPeaks(roles: readonly ApplicationRole[], peaks: Peaks | null) {
  const watched = peaks === null ? 0 : (peaks.to - peaks.from) / 1000;
  if (peaks === null || watched < WATCHED_FOR) {
    const had = peaks === null ? '' : ` (${duration(watched)} were watched so far)`;
    return {
      rests: `What a role needs takes more than one sample to say: let watch --metrics-file run through a busy day${had}, then doctor --metrics-file`,
      statements: [],
    };
  }
  const seen = roles.filter(({ name }) => peaks.byRole.has(name));
  return {
    rests: `Limits from the peaks of ${peaks.samples} samples over ${duration(watched)}`,
    statements: seen.map(({ name, sessions }) => {
      const peak = Math.max(sessions, peaks.byRole.get(name) ?? 0);
      const limit = Math.max(peak + 2, Math.ceil(peak * 1.5));
      return aboutRole(name, (role) => `ALTER ROLE ${role} CONNECTION LIMIT ${limit}; -- peak ${peak}`);
    }),
  };
}

/** `app, worker and 3 more`. */
function named(roles: readonly ApplicationRole[]): string {
  const names = roles.slice(0, NAMED).map(({ name }) => printable(name, 40));
  const more = roles.length - NAMED;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}
