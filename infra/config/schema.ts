import * as v from 'valibot';
import { MAX_DATABASES_PER_EVENT } from '../../lambda/config/database.ts';
import { METRIC_NAMESPACE, METRIC_SETS } from '../../lambda/config/metrics.ts';
import { strict, wholeNumber } from '../../lambda/config/validation.ts';
import { discoverEntries } from './profiles.ts';

/** The most databases in one stack: beyond, the function's role runs out of the ten policies that AWS attaches. */
export const MAX_DATABASES = 500;

/** The stack of a file that names none. */
export const DEFAULT_STACK_NAME = 'RdsConnectionGuard';

/** The interface endpoints that the function may need (and `dynamodb`, the free gateway endpoint). */
export const ENDPOINTS = ['monitoring', 'sns', 'secretsmanager', 'dynamodb'] as const;

/** What CloudWatch Logs accepts, in days. */
export const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827,
] as const;

/** What Lambda's advanced logging controls know. */
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

const keyArn = matching(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/, 'the ARN of a KMS key');

const topicArn = matching(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, 'the ARN of an SNS topic');

export const securityGroupId = matching(
  /^sg-[0-9a-f]{8,17}$/,
  'a security group id such as sg-0123456789abcdef0',
);

/** A security group to open, or `false`: its owner opens it. */
export const groupOrNone = v.union(
  [v.literal(false), securityGroupId],
  'a security group id such as sg-0123456789abcdef0, or false to leave it alone',
);

const network = v.pipe(
  strict({
    vpcId: matching(/^vpc-[0-9a-f]{8,17}$/, 'a VPC id such as vpc-0123456789abcdef0'),
    /** Left out, the VPC's private subnets are looked up, which takes AWS credentials. */
    subnetIds: v.optional(
      v.pipe(
        v.array(matching(/^subnet-[0-9a-f]{8,17}$/, 'a subnet id such as subnet-0123456789abcdef0')),
        v.minLength(1, 'at least one subnet'),
      ),
    ),
    /** Of the subnets given: the gateway endpoint for DynamoDB is entered there. */
    routeTableIds: v.optional(
      v.pipe(
        v.array(matching(/^rtb-[0-9a-f]{8,17}$/, 'a route table id such as rtb-0123456789abcdef0')),
        v.minLength(1, 'at least one route table'),
      ),
    ),
    /** The security group to open to the guard, for every database that names no other. */
    databaseSecurityGroupId: v.optional(groupOrNone),
    /** The function's own security group. */
    securityGroupId: v.optional(securityGroupId),
    /** Dual-stack subnets: IPv6 as well. */
    ipv6: v.optional(v.boolean(), false),
    /** VPC endpoints to create; none where a NAT gateway or endpoints exist already. */
    endpoints: v.optional(v.array(v.picklist(ENDPOINTS, `one of ${ENDPOINTS.join(', ')}`)), []),
  }),
  v.forward(
    v.check(
      ({ endpoints, subnetIds, routeTableIds }) =>
        !endpoints.includes('dynamodb') || subnetIds === undefined || routeTableIds !== undefined,
      'the route tables of subnetIds, into which the dynamodb endpoint is entered',
    ),
    ['routeTableIds'],
  ),
);

/** Who is told, and how. */
export const notifySchema = strict({
  emails: v.optional(v.array(matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an email address')), []),
  /** A channel of a workspace that was authorised once, by hand, in Amazon Q Developer in chat applications. */
  slack: v.optional(
    strict({
      workspaceId: matching(/^[0-9A-Z]{1,255}$/, 'a workspace id such as T0123ABCD'),
      channelId: matching(/^[0-9A-Z]{1,255}$/, 'a channel id such as C0123ABCD'),
    }),
  ),
  /** Existing topics, instead of created ones. Their policies are their owner's. */
  topics: v.optional(
    strict({
      warning: v.optional(topicArn),
      critical: v.optional(topicArn),
      /** Where the CloudWatch alarms go: the safety net. */
      alarms: v.optional(topicArn),
    }),
    {},
  ),
  /** IANA name; the times in messages are written in it. */
  timeZone: v.optional(
    v.pipe(v.string(), v.check(isTimeZone, 'an IANA time zone such as Europe/Berlin')),
    'UTC',
  ),
  /** How the team calls the command line, as it stands in messages; `psql` is offered where it is not set. */
  command: v.optional(matching(/^[ -_a-~]{1,200}$/, 'up to 200 printable ASCII characters, no backtick')),
  /** Where docs/alerts.md is published: each message links to its own section of it. */
  docsUrl: v.optional(matching(/^https:\/\/[^\s#"'<>]+$/, 'an https:// URL without a fragment')),
});

/** The outer shape; each database is checked after its defaults are merged in. */
export const configSchema = strict({
  /** Another name lets a second stack stand beside the first in one account and region. */
  stackName: v.optional(
    matching(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'up to 64 letters, digits and -, beginning with a letter'),
    DEFAULT_STACK_NAME,
  ),
  account: v.optional(matching(/^\d{12}$/, 'an account id of 12 digits, in quotes')),
  region: v.optional(matching(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'a region such as eu-central-1')),
  tags: v.optional(v.record(v.string(), v.string()), {}),
  terminationProtection: v.optional(v.boolean(), false),
  network,
  notify: v.optional(notifySchema, {}),
  namespace: v.optional(
    matching(
      /^(?!AWS\/)[\w./# -]{1,150}$/,
      'up to 150 letters, digits and ._/#- and space, not beginning with AWS/',
    ),
    METRIC_NAMESPACE,
  ),
  metrics: v.optional(v.picklist(METRIC_SETS), 'all'),
  alarms: v.optional(v.picklist(['each', 'fleet', 'none']), 'each'),
  okActions: v.optional(v.boolean(), true),
  dashboard: v.optional(v.boolean(), true),
  encryptionKey: v.optional(v.union([v.literal(false), keyArn], 'the ARN of a KMS key, or false for none')),
  permissionsBoundaryArn: v.optional(
    matching(
      /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/,
      'the ARN of a managed policy',
    ),
  ),
  roleArn: v.optional(matching(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'the ARN of a role')),
  logGroupName: v.optional(matching(/^[\w./#-]{1,512}$/, 'the name of a log group')),
  removalPolicy: v.optional(v.picklist(['destroy', 'retain']), 'destroy'),
  memorySize: v.optional(wholeNumber(128, 10_240), 256),
  architecture: v.optional(v.picklist(['arm64', 'x86_64']), 'arm64'),
  logLevel: v.optional(v.picklist(LOG_LEVELS), 'INFO'),
  tracing: v.optional(v.boolean(), false),
  /** Left out, there is no function that people act through. */
  actions: v.optional(strict({ terminate: v.optional(v.boolean(), false) })),
  databasesPerRun: v.optional(wholeNumber(1, MAX_DATABASES_PER_EVENT), MAX_DATABASES_PER_EVENT),
  /** Keeps runs from overlapping. Accounts whose concurrency quota is still 10 cannot reserve any. */
  reservedConcurrency: v.optional(v.boolean(), true),
  pointInTimeRecovery: v.optional(v.boolean(), true),
  logRetentionDays: v.optional(v.picklist(RETENTIONS, `one of ${RETENTIONS.join(', ')}`), 30),
  /** KMS keys that the function needs for secrets and topics given from outside. */
  keyArns: v.optional(v.array(keyArn), []),
  defaults: v.optional(v.record(v.string(), v.unknown()), {}),
  /** Databases that are watched without a deployment, by their tags. */
  discover: v.optional(strict({ ...discoverEntries, securityGroupId: v.optional(groupOrNone) })),
  databases: v.array(
    v.record(v.string(), v.unknown(), 'an object with name, host and login'),
    'a list of databases',
  ),
});

function matching(pattern: RegExp, allowed: string) {
  return v.pipe(v.string(allowed), v.regex(pattern, allowed));
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
