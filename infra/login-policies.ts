import { type IRole, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge-finding.ts';
import type { WatchedDatabase } from './resolve-databases.ts';

/**
 * How many ARNs go into one policy. An inline policy may hold 10,240 characters, a managed one 6,144, and a role takes
 * ten managed ones (IAM user guide, "IAM and AWS STS quotas"): at some 100 characters each, 550 databases fit.
 */
const RESOURCES_PER_POLICY = 50;

/** Lets the function log in: to each database as its one role, or with its one secret, and nothing else. */
export function grantLogins(
  scope: Construct,
  role: IRole,
  databases: readonly Pick<WatchedDatabase, 'grant'>[],
): void {
  const unique = new Map(databases.map(({ grant }) => [`${grant.action} ${grant.resource}`, grant]));
  const grants = [...unique.values()].sort((a, b) => a.action.localeCompare(b.action));
  for (const { resource } of grants.filter((grant) => grant.resource.includes('*')))
    acknowledgeWildcard(
      role,
      resource,
      'which databases will carry the tag is not known; PostgreSQL lets the role in where somebody has made it',
    );
  for (let start = 0; start < grants.length; start += RESOURCES_PER_POLICY) {
    const statements = statementsOf(grants.slice(start, start + RESOURCES_PER_POLICY));
    if (start === 0) for (const statement of statements) role.addToPrincipalPolicy(statement);
    else
      new ManagedPolicy(scope, `Logins${start / RESOURCES_PER_POLICY}`, {
        description: 'rds-connection-guard: logins to databases',
        statements,
        roles: [role],
      });
  }
}

function statementsOf(grants: readonly WatchedDatabase['grant'][]): PolicyStatement[] {
  return (['rds-db:connect', 'secretsmanager:GetSecretValue'] as const).flatMap((action) => {
    const resources = grants.filter((grant) => grant.action === action).map(({ resource }) => resource);
    return resources.length > 0 ? [new PolicyStatement({ actions: [action], resources })] : [];
  });
}
