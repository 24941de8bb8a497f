import type {
  Failure,
  FailureClass,
  Limit,
  Observation,
  PartialView,
  Refusal,
  Sample,
} from '../../lambda/model/observation.ts';
import { isPasteable, quoteIdentifier } from '../../lambda/report/message/quoting.ts';
import { FAILURE_WORDS, LIMIT_WORDS } from '../../lambda/report/message/wording.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { shown } from './screen.ts';

/** What is the matter, and what to do about it: one plain line each. */
export interface Words {
  readonly what: string;
  readonly hint: string;
}

/** What the words about a failure depend on besides the failure. */
export interface Reached {
  readonly database: { readonly host: string };
  /** Is there a password, token or certificate to log in with? */
  readonly hasSecret: boolean;
}

/** What to do about a refusal, by the limit that was hit. */
const LIMIT_HINTS: Readonly<Record<Limit, string>> = {
  'all-slots':
    'stop what connects (the application, its workers), or try again as a superuser: whichever login comes first gets the next free slot',
  'superuser-slots':
    'log in as a superuser (on the server itself: sudo -u postgres; on RDS: the master user) and use: terminate. So that the guard gets in next time: doctor',
  'reserved-slots':
    'log in as a role with pg_use_reserved_connections and use: terminate. So that the guard gets in next time: doctor',
  'rds-slots': 'log in as the master user and use: terminate, or stop what connects',
  'role-limit': 'log in as another role, or end a forgotten session of this one',
  'database-limit':
    'log in to another database of the server (-d postgres): sessions of all are seen from there',
};

/** What a refusal means and what to do. */
export function refusalWords({ limit }: Pick<Refusal, 'limit'>): Words {
  return { what: LIMIT_WORDS[limit].short, hint: LIMIT_HINTS[limit] };
}

/** What to do about a failure that has no closer words. */
const FAILURE_HINTS: Readonly<Record<FailureClass, string>> = {
  dns: 'check the spelling of the host, and that you are on the network that knows it (VPN)',
  network: 'check host and port, that the server runs, and that its security group or firewall lets you in',
  timeout:
    'check the security group or firewall (they drop packets silently); the server may also be overloaded: --timeout waits longer',
  tls: 'name the authority with --ca-file or PGSSLROOTCERT (for RDS: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem)',
  credentials: 'check user and password (-U, PGPASSWORD, ~/.pgpass; --iam for an IAM role), and pg_hba.conf',
  secret: 'check the AWS credentials and region in your environment, and the name of the secret',
  privilege: 'grant it: setup-sql prints the statements',
  'no-database': 'name another with -d; postgres nearly always exists',
  restarting: 'wait a moment and try again',
  server: "see the server's log",
};

const LOOPBACK = /^(?:localhost|127\.[\d.]+|::1)$/;

/** Failures that people meet often and that their class says too little of: the first that fits. */
const CLOSER_WORDS: readonly {
  readonly fits: (failure: Pick<Failure, 'class' | 'code' | 'text'>, reached: Reached) => boolean;
  readonly what: string;
  readonly hint: string | ((reached: Reached) => string);
}[] = [
  {
    fits: ({ class: kind, text }, { hasSecret }) =>
      !hasSecret && (kind === 'credentials' || text.startsWith('SASL:')) && !/peer|ident/i.test(text),
    what: 'the server asks for a password, and there is none',
    hint: 'set PGPASSWORD, or put host:port:database:role:password into ~/.pgpass (chmod 600); --iam for an IAM role',
  },
  {
    fits: ({ text }) => /^(?:Peer|Ident) authentication failed/.test(text),
    what: 'the server takes only the operating system user of that name on this way in',
    hint: 'run it as that user (sudo -u postgres), name the role with -U, or log in by -h localhost with a password',
  },
  {
    fits: ({ code, text }) => code === '08P01' && /startup parameter|no such (?:user|database)/.test(text),
    what: 'a pooler (PgBouncer) answers on this port, and its sessions are not those of its clients',
    hint: 'connect to the server itself (its own port, usually 5432); ask the pooler for its clients: SHOW CLIENTS',
  },
  {
    fits: ({ text }) => text === 'The server does not support SSL connections',
    what: 'the server has no TLS',
    hint: 'add sslmode=disable (PGSSLMODE=disable) if the network in between is yours; on the server itself, use its Unix socket: -h /var/run/postgresql',
  },
  {
    fits: ({ code }) => code === 'DEPTH_ZERO_SELF_SIGNED_CERT' || code === 'SELF_SIGNED_CERT_IN_CHAIN',
    what: 'the certificate of the server is self-signed',
    hint: ({ database }) =>
      LOOPBACK.test(database.host)
        ? 'no network lies in between: use the Unix socket (-h /var/run/postgresql), or PGSSLMODE=disable'
        : 'if it is yours, trust it by name: --ca-file with its PEM file, and the host as the certificate has it',
  },
  {
    fits: ({ code }) => code === 'ERR_TLS_CERT_ALTNAME_INVALID',
    what: 'the certificate of the server is for another host name',
    hint: 'connect by a name that is in the certificate',
  },
  {
    fits: ({ code }) => code === 'CERT_HAS_EXPIRED',
    what: 'the certificate of the server has expired',
    hint: 'renew it; a new authority may be needed with it (--ca-file)',
  },
  {
    fits: ({ code }, { database: { host } }) =>
      host.startsWith('/') && (code === 'ENOENT' || code === 'ECONNREFUSED'),
    what: 'no server listens on that Unix socket',
    hint: 'check the directory (-h) and the port (-p), which is part of its name',
  },
];

/** Why there is no sample, on one line, and what to do about it. */
export function failureWords(failure: Pick<Failure, 'class' | 'code' | 'text'>, reached: Reached): Words {
  const closer = CLOSER_WORDS.find(({ fits }) => fits(failure, reached));
  const code = failure.code === null ? '' : ` [${printable(failure.code, 40)}]`;
  // The driver's own words about an empty password say less than ours.
  const text =
    failure.text.startsWith('SASL:') && closer !== undefined ? '' : `: ${printable(failure.text, 200)}`;
  const hint = closer?.hint ?? FAILURE_HINTS[failure.class];
  return {
    what: `${closer?.what ?? FAILURE_WORDS[failure.class].short}${code}${text}`,
    hint: typeof hint === 'string' ? hint : hint(reached),
  };
}

/** What a role sees that has no pg_read_all_stats, and the grant that mends it. */
export function partialWords({ server }: Pick<PartialView, 'server'>): Words {
  const { role } = server;
  return {
    what: `the sessions of others are hidden from the role ${shown(role)}, so no count would be true`,
    hint: isPasteable(role)
      ? `as the master user or a superuser: GRANT pg_monitor TO ${quoteIdentifier(role)};`
      : 'let the master user or a superuser grant it pg_monitor',
  };
}

/** Why an observation is no sample, and what to do. */
export function noSampleWords(observation: Exclude<Observation, Sample>, reached: Reached): Words {
  switch (observation.kind) {
    case 'partial':
      return partialWords(observation);
    case 'refused':
      return refusalWords(observation);
    case 'failed':
      return failureWords(observation, reached);
  }
}
