import { randomUUID } from 'node:crypto';
import { type Reply, ServiceError, xmlReply, xmlText } from './wire.ts';

// Limits: RDS API reference, DescribeDBInstances and DescribeDBClusters: MaxRecords from 20 to 100, 100 by default.
const SMALLEST_PAGE = 20;
const LARGEST_PAGE = 100;

/** The namespace of RDS's answers. */
export const RDS_NAMESPACE = 'http://rds.amazonaws.com/doc/2014-10-31/';

/** A DB instance of the pretended account, as far as DescribeDBInstances tells it here. */
export interface DbInstance {
  readonly DBInstanceIdentifier: string;
  readonly DbiResourceId: string;
  readonly Engine: string;
  readonly DBInstanceStatus: string;
  /** Left out while RDS creates it. */
  readonly Endpoint?: { readonly Address: string; readonly Port: number };
  readonly DBClusterIdentifier?: string;
  readonly IAMDatabaseAuthenticationEnabled: boolean;
  readonly TagList: readonly { readonly Key: string; readonly Value: string }[];
}

/** A DB cluster, as far as DescribeDBClusters tells it here. */
export interface DbCluster {
  readonly DBClusterIdentifier: string;
  readonly Engine: string;
  readonly IAMDatabaseAuthenticationEnabled: boolean;
  readonly TagList: DbInstance['TagList'];
  readonly DBClusterMembers: readonly {
    readonly DBInstanceIdentifier: string;
    readonly IsClusterWriter: boolean;
  }[];
}

/** What the account has. */
export interface RdsState {
  readonly instances: DbInstance[];
  readonly clusters: DbCluster[];
}

/**
 * One page of an answer.
 *
 * @throws {ServiceError} for a page size or a marker that RDS refuses, and for other actions.
 */
export function describe(action: string, form: URLSearchParams, state: RdsState): Reply {
  if (action === 'DescribeDBInstances') return page(action, 'DBInstance', form, state.instances);
  if (action === 'DescribeDBClusters') return page(action, 'DBCluster', form, state.clusters);
  throw new ServiceError('InvalidAction', `Could not find operation ${action} for version 2014-10-31`);
}

function page(action: string, member: string, form: URLSearchParams, all: readonly object[]): Reply {
  const size = Number(form.get('MaxRecords') ?? LARGEST_PAGE);
  if (!Number.isInteger(size) || size < SMALLEST_PAGE || size > LARGEST_PAGE)
    throw new ServiceError('InvalidParameterValue', `Invalid value ${size} for MaxRecords`);
  const start = Number(form.get('Marker') ?? 0);
  if (!Number.isInteger(start) || start < 0 || start > all.length)
    throw new ServiceError('InvalidParameterValue', 'Invalid value for Marker');
  const members = all.slice(start, start + size).map((item) => `<${member}>${elements(item)}</${member}>`);
  const end = start + size;
  return xmlReply(
    200,
    `<${action}Response xmlns="${RDS_NAMESPACE}"><${action}Result><${member}s>${members.join('')}</${member}s>` +
      `${end < all.length ? `<Marker>${end}</Marker>` : ''}</${action}Result>` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  );
}

function elements(value: object): string {
  return Object.entries(value)
    .map(([name, inner]) => `<${name}>${content(name, inner)}</${name}>`)
    .join('');
}

function content(name: string, value: unknown): string {
  if (Array.isArray(value)) {
    const member = name === 'TagList' ? 'Tag' : 'DBClusterMember';
    return value.map((item) => `<${member}>${content(member, item)}</${member}>`).join('');
  }
  return typeof value === 'object' && value !== null ? elements(value) : xmlText(String(value));
}
