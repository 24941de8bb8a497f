import type { FailureClass, Limit } from '../../model/observation.ts';
import type { Outcome, ReasonLeftAlone } from '../../model/reclamation.ts';

/** What a refusal says, by the limit that was hit: short for the subject, and in full. */
export const LIMIT_WORDS: Readonly<Record<Limit, { readonly short: string; readonly long: string }>> = {
  'all-slots': {
    short: 'logins refused, every slot is taken',
    long: 'The server refuses every login: all slots are taken, those for superusers included (or very many logins are in progress at once).',
  },
  'superuser-slots': {
    short: 'logins refused, only superuser slots left',
    long: 'The server refuses ordinary roles: only the slots of superuser_reserved_connections are left.',
  },
  'reserved-slots': {
    short: 'logins refused, only reserved slots left',
    long: 'The server refuses ordinary roles: only the slots of reserved_connections are left, for roles with pg_use_reserved_connections.',
  },
  'rds-slots': {
    short: 'logins refused, only slots kept by RDS left',
    long: 'The server refuses ordinary roles: only the slots that RDS keeps for itself are left.',
  },
  'role-limit': {
    short: "the guard's own role hit its CONNECTION LIMIT",
    long: "The server refuses the guard's own role, which has used up its own CONNECTION LIMIT. Other roles may well get in: this says nothing of the server's slots, which the guard cannot see now.",
  },
  'database-limit': {
    short: 'the database hit its CONNECTION LIMIT',
    long: 'The database that the guard logs in to has used up its own CONNECTION LIMIT: no other session gets into it. Other databases of the server may still accept logins.',
  },
};

/** Why the guard cannot take a sample, by class: short for the subject, and the likely cause. */
export const FAILURE_WORDS: Readonly<
  Record<FailureClass, { readonly short: string; readonly cause: string }>
> = {
  dns: {
    short: 'the host name does not resolve',
    cause:
      'The instance was renamed or deleted, or the DNS of the VPC does not answer. After a failover it can last a minute.',
  },
  network: {
    short: 'no connection',
    cause:
      'The server is down or restarting, the port is wrong, or it cut the connection. A security group that blocks shows as a timeout instead.',
  },
  timeout: {
    short: 'no answer in time',
    cause:
      "Most often the database's security group does not let the guard's in (packets are dropped without an answer); otherwise a server too busy to answer, or a failover in progress.",
  },
  tls: {
    short: 'TLS: the server cannot be verified',
    cause:
      'The certificate is not signed by a trusted CA (a new RDS CA that the guard does not have), or names another host, or has expired.',
  },
  credentials: {
    short: 'login refused, wrong password or token',
    cause:
      'The password was rotated without the secret, the role is missing or may not log in, or (with IAM) the role lacks rds_iam, or the policy of the function names another resource id.',
  },
  secret: {
    short: 'its own credentials cannot be had',
    cause:
      'The secret is missing or malformed, or the function may not read it, or the endpoint of Secrets Manager cannot be reached.',
  },
  privilege: {
    short: 'logged in, but not allowed to see the sessions',
    cause: 'A grant was taken from the role of the guard.',
  },
  'no-database': {
    short: 'the database it logs in to does not exist',
    cause: 'It was dropped or renamed, or the setting database is wrong.',
  },
  restarting: {
    short: 'the server is starting or shutting down',
    cause: 'A restart, a failover or crash recovery. It passes by itself; until then no login succeeds.',
  },
  server: {
    short: 'the server answered with an error',
    cause: "See the server's own words above, and its log.",
  },
};

/** What each outcome is called, after its number, in the order in which they are told. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  ended: 'ended',
  signalled: 'signalled but still there',
  changed: 'left because they became active',
  refused: 'not allowed by the server',
  gone: 'gone by themselves',
  unknown: 'of which nothing is known',
  'would-end': 'would have been ended',
};

export const REASON_WORDS: Readonly<Record<ReasonLeftAlone, string>> = {
  ours: "the guard's own",
  superuser: "a superuser's",
  replication: 'replication',
  'rds-role': 'of RDS itself',
  listen: 'waiting in LISTEN',
  'advisory-lock': 'holding an advisory lock',
  'not-seen-whole': 'not seen whole',
  'in-transaction': 'in a transaction',
  only: 'outside only',
  except: 'protected by except',
  'keep-per-application': 'kept for their application',
  'too-young': 'not idle for long enough',
  'comes-back': 'coming back to life',
  'pool-refills': 'of a pool that refills',
  'other-pool': 'of pools that open no sessions now',
  'not-the-cause': 'not the cause: the sessions at work hold the level by themselves',
  control: 'held back to go on measuring the rules',
  enough: 'no longer needed to be ended',
  limit: 'beyond the limit',
};
