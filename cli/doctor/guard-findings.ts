import type { Limit } from '../../lambda/model/observation.ts';
import { isPasteable, quoteShell } from '../../lambda/report/message/quoting.ts';
import { printable } from '../../lambda/shared/printable.ts';
import type { Facts } from './facts.ts';
import { aboutRole, advice, type Finding, good, problem, setting } from './finding.ts';

/** `pg_use_reserved_connections` and `reserved_connections` exist from here on. */
const RESERVED_SINCE = 160_000;

/** A superuser slot or two are of no use when an administrator, a backup and we want them at once. */
const FEW_SUPERUSER_SLOTS = 2;

/** Above this many seconds the session is older than any clock skew explains. */
const POOLED_FOR = 3;

/** Can the guard work here? */
export function guardFindings(facts: Facts): readonly Finding[] {
  return [
    login(facts),
    pooled(facts),
    visibility(facts),
    signalling(facts),
    reservedSlot(facts),
    ownLimit(facts),
  ].flat();
}

function login({ role, encrypted }: Facts): Finding {
  const as = `logged in as ${role.name}`;
  if (!encrypted) {
    return advice('login', `${as} without TLS: the password and everything else can be read on the way`, [
      'sslmode=verify-full in --url, or PGSSLMODE=verify-full, with the authority in PGSSLROOTCERT',
    ]);
  }
  if (role.superuser) {
    return advice('login', `${as} over TLS, a superuser: far more than the guard needs`, [
      'rds-connection-guard setup-sql',
    ]);
  }
  return good('login', `${as} over TLS, certificate and host name verified`);
}

function pooled({ olderThanLogin, poolers }: Facts): readonly Finding[] {
  const through =
    olderThanLogin > POOLED_FOR
      ? [
          problem(
            'pooler',
            'this session is older than the login: a pooler stands in between, and its sessions are not the clients’',
            ['connect to the server itself: the instance endpoint, its own port'],
          ),
        ]
      : [];
  const others = poolers.map(({ name, sessions }) =>
    advice(
      'pooler',
      `${printable(name, 63)} holds ${sessions} of the sessions: they belong to the pool, so spare them when reclaiming`,
      name === 'RDS Proxy'
        ? ["--except-role 'rdsproxy*'"]
        : isPasteable(name) && !name.startsWith('a pooler')
          ? [`--except-application ${quoteShell(name)}`]
          : [],
    ),
  );
  if (through.length + others.length > 0) return [...through, ...others];
  return [
    good(
      'pooler',
      'no pooler recognised (PgBouncer in transaction mode cannot be told from an application that stays connected)',
    ),
  ];
}

function visibility({ observation, role }: Facts): Finding {
  if (observation.kind === 'sample') return good('visibility', 'sees the sessions of every role');
  return problem('visibility', 'the sessions of others are hidden: no count would be true', [
    aboutRole(role.name, (name) => `GRANT pg_monitor TO ${name};`),
  ]);
}

function signalling({ observation, role }: Facts): Finding {
  if (observation.server.canSignal) return good('signalling', 'may end sessions of other roles');
  return advice('signalling', 'may not end sessions of other roles, which terminate and reclaim need', [
    aboutRole(role.name, (name) => `GRANT pg_signal_backend TO ${name};`),
  ]);
}

function reservedSlot({ observation, role, isRds }: Facts): readonly Finding[] {
  const { capacity, server } = observation;
  const topic = 'reserved-slot';
  if (role.superuser) {
    return [
      good(
        topic,
        `gets in when the server is full: ${capacity.superuserReserved} slots are kept for superusers`,
      ),
    ];
  }
  if (server.versionNum < RESERVED_SINCE) {
    return [
      advice(
        topic,
        'does not get in when the server is full: before PostgreSQL 16 slots are kept for superusers only. A running watch keeps its session',
        ['-- upgrade to PostgreSQL 16 or later, then: reserved_connections and pg_use_reserved_connections'],
      ),
    ];
  }
  const mayUse = role.usesReserved === true;
  const missing = [
    ...(mayUse ? [] : [aboutRole(role.name, (name) => `GRANT pg_use_reserved_connections TO ${name};`)]),
    ...(capacity.reserved > 0 ? [] : setting(isRds, 'reserved_connections', '2', true)),
  ];
  if (missing.length === 0) {
    return [good(topic, `gets in when the server is full: reserved_connections is ${capacity.reserved}`)];
  }
  const why = [
    ...(mayUse ? [] : ['the role lacks pg_use_reserved_connections']),
    ...(capacity.reserved > 0 ? [] : ['reserved_connections is 0']),
  ].join(' and ');
  return [advice(topic, `does not get in when the server is full: ${why}`, missing)];
}

function ownLimit({ role, observation }: Facts): readonly Finding[] {
  const { superuserReserved } = observation.capacity;
  const reserve =
    superuserReserved > FEW_SUPERUSER_SLOTS
      ? []
      : [
          advice(
            'reservations',
            `superuser_reserved_connections is ${superuserReserved}: an administrator may find no way in`,
            ['-- PostgreSQL’s default of 3 is a good value; a change needs a restart'],
          ),
        ];
  if (role.superuser) return reserve;
  const raised = aboutRole(role.name, (name) => `ALTER ROLE ${name} CONNECTION LIMIT 5;`);
  if (role.limit === null) {
    return [
      ...reserve,
      advice('own-limit', 'the role has no CONNECTION LIMIT: a guard must not be able to leak slots itself', [
        raised,
      ]),
    ];
  }
  if (role.limit < 2) {
    return [
      ...reserve,
      advice(
        'own-limit',
        `the role may hold ${role.limit} session: a person is shut out while the guard is logged in`,
        [raised],
      ),
    ];
  }
  return [...reserve, good('own-limit', `the role may hold ${role.limit} sessions, ${role.sessions} now`)];
}

/**
 * What would have let us in where the server refuses us, by the limit that was hit.
 *
 * @param user the role that we log in as; null when only the secret knows.
 */
export function refusalRemedy(limit: Limit, user: string | null): readonly string[] {
  const role = user ?? 'connection_guard';
  const grant = aboutRole(role, (name) => `GRANT pg_use_reserved_connections TO ${name};`);
  switch (limit) {
    case 'reserved-slots':
      return [grant];
    case 'superuser-slots':
    case 'rds-slots':
      return [
        '-- log in as a superuser (on RDS: the master user); on PostgreSQL 16 and later keep slots for the guard:',
        grant,
        'ALTER SYSTEM SET reserved_connections = 2; -- on RDS in the parameter group; then restart',
      ];
    case 'all-slots':
      return ['-- even superusers are refused: stop what connects, then try again'];
    case 'role-limit':
      return [aboutRole(role, (name) => `ALTER ROLE ${name} CONNECTION LIMIT 5;`)];
    case 'database-limit':
      return ['-- log in to another database of the server: -d postgres'];
  }
}
