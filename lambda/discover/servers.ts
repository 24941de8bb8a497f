import {
  type DBCluster,
  type DBInstance,
  paginateDescribeDBClusters,
  paginateDescribeDBInstances,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds';

/** One DB instance, as RDS describes it. */
export interface DbServer {
  /** The DbiResourceId: stays when the instance is renamed. */
  readonly id: string;
  readonly identifier: string;
  /** Of Aurora or a Multi-AZ DB cluster; null for an instance of its own. */
  readonly cluster: string | null;
  readonly part: 'writer' | 'reader' | 'instance';
  readonly engine: string;
  readonly status: string;
  /** Null while RDS creates it. */
  readonly host: string | null;
  readonly port: number | null;
  /** May roles log in by IAM? For the members of a cluster the cluster says. */
  readonly iamLogin: boolean;
  /** Its cluster's tags, and its own in their place. */
  readonly tags: ReadonlyMap<string, string>;
}

/** What RDS answers in one page at most. */
const PAGE = 100;

/**
 * Describes every instance of the account in the region, all pages of it.
 *
 * @throws the SDK's error when one page is not answered: half a fleet is none.
 */
export async function describeServers(client: RDSClient, abortSignal: AbortSignal): Promise<DbServer[]> {
  const config = { client, pageSize: PAGE };
  const clusters = new Map<string, DBCluster>();
  for await (const { DBClusters = [] } of paginateDescribeDBClusters(config, {}, { abortSignal }))
    for (const cluster of DBClusters) clusters.set(cluster.DBClusterIdentifier ?? '', cluster);
  const servers: DbServer[] = [];
  for await (const { DBInstances = [] } of paginateDescribeDBInstances(config, {}, { abortSignal }))
    for (const instance of DBInstances)
      servers.push(serverOf(instance, clusters.get(instance.DBClusterIdentifier ?? '')));
  return servers;
}

function serverOf(instance: DBInstance, cluster: DBCluster | undefined): DbServer {
  const { DBInstanceIdentifier: identifier = '', Endpoint: endpoint } = instance;
  const member = cluster?.DBClusterMembers?.find(({ DBInstanceIdentifier: id }) => id === identifier);
  const iamLogin = (cluster ?? instance).IAMDatabaseAuthenticationEnabled ?? false;
  return {
    id: instance.DbiResourceId ?? '',
    identifier,
    cluster: instance.DBClusterIdentifier ?? null,
    part: member === undefined ? 'instance' : member.IsClusterWriter ? 'writer' : 'reader',
    engine: instance.Engine ?? '',
    status: instance.DBInstanceStatus ?? '',
    host: endpoint?.Address ?? null,
    port: endpoint?.Port ?? null,
    iamLogin,
    tags: new Map([...tagsOf(cluster?.TagList), ...tagsOf(instance.TagList)]),
  };
}

function tagsOf(tags: readonly Tag[] = []): [string, string][] {
  return tags.map(({ Key = '', Value = '' }) => [Key, Value]);
}
