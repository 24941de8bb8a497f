import { Token } from 'aws-cdk-lib';
import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Database, databaseSchema } from '../lambda/config/database.ts';
import { ConfigurationError, type Mistake, parse } from '../lambda/config/validation.ts';
import { type Certificates, readCertificates } from './certificates.ts';
import { clashes, NAMES_DIFFER } from './config/names.ts';
import { MAX_DATABASES } from './config/schema.ts';
import { inSeconds } from './config/seconds.ts';
import { checkDatabase, checkShape } from './database-checks.ts';
import type { GuardedDatabase, GuardLogin } from './database-props.ts';
import { loginOf, secretOf, unreadable } from './logins.ts';
import { logOf, type Place, placesOf } from './places.ts';

/** One server that the function checks, and what it needs for that. */
export interface WatchedDatabase {
  readonly name: string;
  /** The entry in the function's event; may hold tokens. The function fills in the defaults. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** The same with its defaults; what CloudFormation has yet to give (host, ARNs) are placeholders. */
  readonly settings: Database;
  /** The one permission to log in. */
  readonly grant: {
    readonly action: 'rds-db:connect' | 'secretsmanager:GetSecretValue';
    readonly resource: string;
  };
  /** The customer key of the secret, if it has one. */
  readonly key: IKey | null;
  readonly port: number;
  readonly securityGroups: readonly ISecurityGroup[];
  /** The log in which the server's refusals are counted. */
  readonly postgresqlLog: string | ILogGroup | null;
  /** To be shipped with the function. */
  readonly certificates: Certificates | null;
}

const PLACEHOLDER_SECRET = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:known-when-deployed';

/**
 * Checks the databases of the construct and takes clusters apart.
 *
 * @param mayBeNone discovery finds some.
 * @throws {ConfigurationError} with every mistake at once, by path.
 */
export function watch(
  scope: Construct,
  databases: readonly GuardedDatabase[],
  mayBeNone: boolean,
): WatchedDatabase[] {
  const mistakes: Mistake[] = [];
  const watched = databases.flatMap((database, index) => {
    const path = `databases[${index}]`;
    const add = ({ path: inner, ...mistake }: Mistake) =>
      mistakes.push({ path: `${path}.${inner}`, ...mistake });
    const ofShape = checkShape(database);
    ofShape.forEach(add);
    if (ofShape.length > 0) return [];
    checkDatabase(scope, database).forEach(add);
    return placesOf(database).flatMap((place) => {
      const resourceId = ('iam' in database.login && database.login.iam.resourceId) || place.resourceId;
      if ('iam' in database.login && !resourceId)
        mistakes.push({
          path: `${path}.login.iam.resourceId`,
          found: 'nothing',
          allowed: 'the DbiResourceId of the instance, or the cluster’s for Aurora',
        });
      if (place.securityGroups === null)
        mistakes.push({
          path: `${path}.securityGroups`,
          found: 'nothing',
          allowed:
            'the security groups of the database, to be opened to the guard; [] when their owner opens them',
        });
      const postgresqlLog = logOf(database, place);
      if (postgresqlLog === undefined)
        mistakes.push({
          path: `${path}.postgresqlLogGroup`,
          found: 'true, with a host',
          allowed: 'the name of the log group, such as /aws/rds/instance/orders/postgresql',
        });
      const secretMistake = unreadable(database.login);
      if (secretMistake !== null) mistakes.push({ path: `${path}.login`, ...secretMistake });
      const caFile = database.tls?.caFile;
      const certificates = caFile === undefined ? null : readCertificates(caFile);
      if (caFile !== undefined && certificates === null)
        mistakes.push({
          path: `${path}.tls.caFile`,
          found: JSON.stringify(caFile),
          allowed: 'a PEM file of certificates that is there when the stack is synthesized',
        });
      const entry = entryOf(database, place, certificates);
      try {
        const settings = parse(databaseSchema, withoutTokens(entry), 'ConnectionGuard');
        const { grant, key } = loginOf(scope, database.login, resourceId ?? '');
        const { name, port, securityGroups } = place;
        return [
          {
            name,
            entry,
            settings,
            grant,
            key,
            port,
            securityGroups: securityGroups ?? [],
            postgresqlLog: postgresqlLog ?? null,
            certificates,
          },
        ];
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        mistakes.push(...error.mistakes.map((mistake) => ({ ...mistake, path: `${path}.${mistake.path}` })));
        return [];
      }
    });
  });
  for (const { found } of clashes(watched.map(({ name }) => name)))
    mistakes.push({ path: 'databases', found, allowed: NAMES_DIFFER });
  if ((databases.length === 0 && !mayBeNone) || watched.length > MAX_DATABASES)
    mistakes.push({
      path: 'databases',
      found: `${watched.length} databases`,
      allowed: `1 to ${MAX_DATABASES} in one ConnectionGuard; give the others a second one in another stack`,
    });
  if (mistakes.length > 0) throw new ConfigurationError('ConnectionGuard', mistakes);
  return watched;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function entryOf(
  database: GuardedDatabase,
  place: Place,
  certificates: Certificates | null,
): Readonly<Record<string, unknown>> {
  const { login, name: _, securityGroups: __, postgresqlLogGroup: ___, ...rest } = database;
  const { instance: ____, cluster: _____, ...settings } = { instance: null, cluster: null, ...rest };
  return {
    name: place.name,
    ...recordOf(inSeconds(settings)),
    ...(certificates && { tls: { ...database.tls, caFile: certificates.path } }),
    host: place.host,
    port: place.port,
    login: 'iam' in login ? { iam: iamOf(login.iam) } : secretOf(login),
  };
}

/** With the resource id of an instance, where it is known: by it discovery sees what is watched by hand. */
function iamOf({ user, resourceId }: Extract<GuardLogin, { iam: unknown }>['iam']) {
  const isKnown = resourceId?.startsWith('db-') && !Token.isUnresolved(resourceId);
  return { user, ...(isKnown && { resourceId }) };
}

/** The entry with a well-formed placeholder for each value that only the deployment will know. */
function withoutTokens(entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { host, port, login } = entry;
  const secretArn =
    typeof login === 'object' && login !== null && 'secretArn' in login ? login.secretArn : '';
  return {
    ...entry,
    host: Token.isUnresolved(host) ? 'known-when-deployed.invalid' : host,
    port: Token.isUnresolved(port) ? 5432 : port,
    login: Token.isUnresolved(secretArn) ? { secretArn: PLACEHOLDER_SECRET } : login,
  };
}
