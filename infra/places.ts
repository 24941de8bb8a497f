import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { exportedLog } from './config/entries.ts';
import type { GuardedDatabase } from './database-props.ts';
import { instanceName } from './instance-name.ts';

/** One server of a database as the construct takes it, and what its resource says of it. */
export interface Place {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly resourceId: string | undefined;
  /** Null where the app has to say, and did not. */
  readonly securityGroups: readonly ISecurityGroup[] | null;
  /** Where RDS exports the server's log; null for a server that is known by its host only. */
  readonly exportedLog: string | null;
}

/**
 * The servers of a database: one, or each instance of a cluster. An imported cluster throws when it is asked for an id that
 * it does not know, so it is asked only where the login needs it.
 */
export function placesOf(database: GuardedDatabase): Place[] {
  const { name } = database;
  if ('host' in database)
    return [
      {
        name,
        host: database.host,
        port: database.port ?? 5432,
        resourceId: undefined,
        securityGroups: database.securityGroups ?? null,
        exportedLog: null,
      },
    ];
  if ('instance' in database) {
    const { instanceEndpoint, instanceIdentifier, instanceResourceId, connections } = database.instance;
    return [
      {
        name,
        host: instanceEndpoint.hostname,
        port: instanceEndpoint.port,
        resourceId: instanceResourceId,
        securityGroups: database.securityGroups ?? connections.securityGroups,
        exportedLog: exportedLog('instance', instanceIdentifier),
      },
    ];
  }
  const { instanceEndpoints, instanceIdentifiers, clusterIdentifier, connections } = database.cluster;
  const needsId = 'iam' in database.login && !database.login.iam.resourceId;
  const resourceId = needsId ? database.cluster.clusterResourceIdentifier : undefined;
  return instanceEndpoints.map(({ hostname, port }, index) => {
    const identifier = instanceIdentifiers[index];
    return {
      name: `${name}/${instanceName(database.cluster, identifier, index)}`,
      host: hostname,
      port,
      resourceId,
      securityGroups: database.securityGroups ?? connections.securityGroups,
      exportedLog: exportedLog('cluster', clusterIdentifier),
    };
  });
}

/** Where the server's log is to be read; null where it is not asked for, undefined where it is and is not known. */
export function logOf(
  { postgresqlLogGroup }: GuardedDatabase,
  { exportedLog }: Place,
): string | ILogGroup | null | undefined {
  if (postgresqlLogGroup === undefined || postgresqlLogGroup === false) return null;
  return postgresqlLogGroup === true ? (exportedLog ?? undefined) : postgresqlLogGroup;
}
