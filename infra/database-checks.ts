import { Annotations, Stack } from 'aws-cdk-lib';
import { CfnDBCluster, CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import type { IConstruct } from 'constructs';
import { rdsEndpoint } from '../lambda/config/rds-endpoint.ts';
import type { Mistake } from '../lambda/config/validation.ts';
import type { GuardedDatabase } from './database-props.ts';

/** Of each of these a database has exactly one: where the server is, and how the guard logs in. */
const PLACES = ['host', 'instance', 'cluster'];
const LOGINS = ['iam', 'secret', 'secretArn', 'secretName'];

/** What types would have told, were they always asked: without these nothing else can be checked. */
export function checkShape(database: GuardedDatabase): Mistake[] {
  const given = (keys: readonly string[], value: object = {}) => keys.filter((key) => key in value);
  const mistake = (path: string, keys: readonly string[], found: readonly string[]) =>
    found.length === 1
      ? []
      : [{ path, found: found.join(' and ') || 'none', allowed: `one of ${keys.join(', ')}` }];
  return [
    ...mistake('host', PLACES, given(PLACES, database)),
    ...mistake('login', LOGINS, given(LOGINS, database.login)),
  ];
}

/** What CDK, or the endpoint's name, tells against a database: mistakes are returned, doubts become warnings. */
export function checkDatabase(scope: IConstruct, database: GuardedDatabase): Mistake[] {
  if ('host' in database) return checkHost(scope, database);
  const server = 'instance' in database ? database.instance : database.cluster;
  const path = 'instance' in database ? 'instance' : 'cluster';
  const engine = server.engine?.engineType;
  const mistakes: Mistake[] = [];
  if (engine !== undefined && !engine.includes('postgres'))
    mistakes.push({ path, found: `the engine ${engine}`, allowed: 'PostgreSQL or Aurora PostgreSQL' });
  if ('iam' in database.login) mistakes.push(...checkIamAuthentication(scope, database.name, server, path));
  return mistakes;
}

/** Aurora's endpoints of a cluster lead each login to an instance of their choice (Aurora user guide, "Endpoint connections"). */
function checkHost(
  scope: IConstruct,
  { name, host }: { readonly name: string; readonly host: string },
): Mistake[] {
  const { kind = '' } = rdsEndpoint(host) ?? {};
  if (kind === 'cluster-' || kind === 'global-')
    Annotations.of(scope).addWarningV2(
      `rds-connection-guard:clusterEndpoint:${name}`,
      `${name}: ${host} is the cluster's writer endpoint. After a failover it is another instance under the same name, and ` +
        'the readers are not watched. Give the endpoint of each instance, or the cluster',
    );
  else if (kind !== '' && kind !== 'proxy-')
    return [
      {
        path: 'host',
        found: JSON.stringify(host),
        allowed: 'the endpoint of an instance: behind this one each login may reach another instance',
      },
    ];
  return [];
}

function checkIamAuthentication(
  scope: IConstruct,
  name: string,
  server: IConstruct,
  path: string,
): Mistake[] {
  const resource = server.node.defaultChild;
  if (!(resource instanceof CfnDBInstance || resource instanceof CfnDBCluster)) return [];
  const enabled: unknown = Stack.of(resource).resolve(resource.enableIamDatabaseAuthentication);
  if (enabled === false)
    return [
      {
        path: `${path}.iamAuthentication`,
        found: 'false',
        allowed: 'true, for the guard logs in by IAM; or a login with a secret',
      },
    ];
  if (enabled === undefined)
    Annotations.of(scope).addWarningV2(
      `rds-connection-guard:iamAuthentication:${name}`,
      `${name}: the guard logs in by IAM, and iamAuthentication of the database is not set, which is off`,
    );
  return [];
}
