import { escapeIdentifier } from 'pg';
import type { Failure, FailureClass, Limit, PartialView, Refusal } from '../../lambda/model/observation.ts';
import { printable } from '../../lambda/shared/printable.ts';
import { shown } from './screen.ts';

/** What is the matter, and what to do about it: one plain line each. */
export interface Words {
  readonly what: string;
  readonly hint: string;
}

/** Which limit turned us away, in words. */
const LIMIT_WORDS: Readonly<Record<Limit, string>> = {
  'all-slots': 'every slot is taken, those reserved for superusers too',
  'superuser-slots': 'only the slots of superuser_reserved_connections are left',
  'reserved-slots': 'only the slots of reserved_connections are left',
  'rds-slots': 'only the slots that RDS keeps for itself are left',
  'role-limit': 'the CONNECTION LIMIT of the role you log in as is reached',
  'database-limit': 'the CONNECTION LIMIT of the database you log in to is reached',
};

/** What to do about each. */
const WALL_HINTS: Readonly<Record<Limit, string>> = {
  'all-slots':
    'stop what connects (the application, its workers), or log in as superuser the moment a slot is free; hint: terminate',
  'superuser-slots':
    'log in as a superuser (on RDS: the master user) and use: terminate. To have a seat next time: doctor',
  'reserved-slots':
    'log in as a role with pg_use_reserved_connections and use: terminate. To give the guard that seat: doctor',
  'rds-slots': 'log in as the master user and use: terminate, or stop what connects',
  'role-limit': 'log in as another role, or end a forgotten session of this one',
  'database-limit':
    'log in to another database of the server (postgres): sessions of all are seen from there',
};

/** What a refusal means and what to do, two plain lines. */
export function refusalWords({ limit }: Pick<Refusal, 'limit'>): Words {
  return { what: LIMIT_WORDS[limit], hint: WALL_HINTS[limit] };
}

const FAILURE_WORDS: Readonly<Record<FailureClass, string>> = {
  dns: 'the host name does not resolve',
  network: 'no connection to the server',
  timeout: 'no answer in time',
  tls: 'the TLS certificate or handshake was not accepted',
  credentials: 'the login was refused',
  secret: 'the credentials to log in with could not be had',
  privilege: 'a privilege is missing',
  'no-database': 'the database to log in to does not exist',
  restarting: 'the server is starting, stopping or recovering',
  server: 'the server answered with an error',
};

const FAILURE_HINTS: Readonly<Record<FailureClass, string>> = {
  dns: 'check the spelling of the host, and that you are on the network that knows it (VPN)',
  network: 'check host and port, that the server runs, and that its security group or firewall lets you in',
  timeout:
    'check the security group or firewall (they drop packets silently); the server may also be overloaded',
  tls: 'name the authority with PGSSLROOTCERT or --ca-file (for RDS: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem) and use the host name in the certificate; a server without TLS needs sslmode=disable',
  credentials:
    'check user and password (PGUSER, PGPASSWORD, ~/.pgpass; --iam for an IAM role), and pg_hba.conf',
  secret: 'check the AWS credentials and region in your environment, and the name of the secret',
  privilege: 'grant it: setup-sql prints the statements',
  'no-database': 'name another with PGDATABASE or at the end of --url; postgres nearly always exists',
  restarting: 'wait a moment and look again',
  server: 'the server log says more',
};

/** Why we could not look, on one line, and what to do about it. */
export function failureWords(failure: Pick<Failure, 'class' | 'code' | 'text'>): Words {
  const code = failure.code === null ? '' : ` [${printable(failure.code, 40)}]`;
  return {
    what: `${FAILURE_WORDS[failure.class]}${code}: ${printable(failure.text, 200)}`,
    hint: FAILURE_HINTS[failure.class],
  };
}

/** What a role sees that has no pg_read_all_stats, and the grant that mends it. */
export function partialWords({ server }: Pick<PartialView, 'server'>): Words {
  return {
    what: `the sessions of others are hidden from the role ${shown(server.role)}, so no count would be true`,
    hint: `as the master user or a superuser: GRANT pg_monitor TO ${escapeIdentifier(shown(server.role, 64))};`,
  };
}

/** Why an observation is no sample, and what to do about it. */
export function noSampleWords(observation: Refusal | PartialView | Failure): Words {
  switch (observation.kind) {
    case 'refused':
      return refusalWords(observation);
    case 'partial':
      return partialWords(observation);
    case 'failed':
      return failureWords(observation);
  }
}
