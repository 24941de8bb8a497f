import { usableSlots } from '../../lambda/model/observation.ts';
import { printable } from '../../lambda/shared/printable.ts';
import type { ApplicationRole, Facts } from './facts.ts';
import { advice, type Finding, good, identifier, setting } from './finding.ts';

/** `idle_session_timeout` exists from here on. */
const IDLE_TIMEOUT_SINCE = 140_000;

/** The longest first probe of a silent peer, in seconds, with which a dead client is noticed in good time. */
const KEEPALIVES_WITHIN = 600;

/** What all limits together may add up to, of usable: the rest is for people and for what nobody thought of. */
const BUDGET = 0.9;

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
    without.map(({ name }) => `ALTER ROLE ${identifier(name)} SET idle_session_timeout = '10min';`),
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
    without.map(
      ({ name }) => `ALTER ROLE ${identifier(name)} SET idle_in_transaction_session_timeout = '5min';`,
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

function limits(facts: Facts): readonly Finding[] {
  const topic = 'limits';
  const usable = usableSlots(facts.observation.capacity);
  const { roles } = facts;
  if (roles.length === 0) return [good(topic, 'no role but ours can log in')];
  const unlimited = roles.filter(({ limit }) => limit === null);
  const limited = roles.filter((role) => role.limit !== null);
  const sum = limited.reduce((total, { limit }) => total + (limit ?? 0), 0);
  const findings: Finding[] = [];
  if (unlimited.length > 0) {
    findings.push(
      advice(
        topic,
        `no CONNECTION LIMIT for ${named(unlimited)}: one leak there takes all ${usable} usable slots`,
        shares(unlimited, Math.max(0, usable * BUDGET - sum)),
      ),
    );
  }
  if (sum > usable) {
    findings.push(
      advice(
        topic,
        `the limits of ${named(limited)} add up to ${sum}, more than the ${usable} usable slots: they do not protect each other`,
        shares(limited, usable * BUDGET),
      ),
    );
  }
  return findings.length > 0
    ? findings
    : [good(topic, `every role has a CONNECTION LIMIT; they add up to ${sum} of ${usable} usable slots`)];
}

/**
 * Shares a budget of slots out: in proportion to what each may hold, or else holds now. A role that holds none at this
 * moment counts as if it held a twentieth of the budget: it will want some.
 */
function shares(roles: readonly ApplicationRole[], budget: number): readonly string[] {
  const weightOf = ({ limit, sessions }: ApplicationRole) => limit ?? sessions + budget / 20;
  const sum = roles.reduce((total, role) => total + weightOf(role), 0);
  return roles.map((role) => {
    const share = Math.max(1, Math.floor((budget * weightOf(role)) / Math.max(1, sum)));
    return `ALTER ROLE ${identifier(role.name)} CONNECTION LIMIT ${share};`;
  });
}

/** `app, worker and 3 more`. */
function named(roles: readonly ApplicationRole[]): string {
  const names = roles.slice(0, NAMED).map(({ name }) => printable(name, 40));
  const more = roles.length - NAMED;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}
