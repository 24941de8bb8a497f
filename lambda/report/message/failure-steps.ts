import { secretIdOf } from '../../config/database.ts';
import type { FailureClass } from '../../model/observation.ts';
import type { Action, Alert } from './alert.ts';
import { addressOf, DATABASES_QUERY, guardCommand, iamLogin, monitorGrant } from './pasteable-commands.ts';
import { quoteShell } from './quoting.ts';

/** The doctor of the command line; null where the team has not said how it calls that. */
export function doctor(alert: Alert, command: string | null): Action | null {
  if (command === null) return null;
  return {
    title: 'Let the guard say what is wrong, from a machine that reaches the database',
    language: 'shell',
    lines: guardCommand(command, alert, 'doctor'),
  };
}

/** What to do first about a check that failed, by the class of the failure. */
export function failureSteps(
  kind: FailureClass,
  alert: Alert,
  command: string | null,
): readonly (Action | null)[] {
  const { host, login } = alert.database;
  const { role } = alert;
  const ask = doctor(alert, command);
  switch (kind) {
    case 'dns':
      return [
        {
          title: 'See whether the name resolves',
          language: 'shell',
          lines: [`dig +short ${quoteShell(host)}`],
        },
        describeInstance(host),
      ];
    case 'network':
    case 'timeout':
    case 'restarting':
      return [describeInstance(host), ask];
    case 'tls':
      return [
        {
          title: 'See which certificate the server shows',
          language: 'shell',
          lines: [
            `openssl s_client -starttls postgres -connect ${quoteShell(addressOf(alert.database))} </dev/null | openssl x509 -noout -subject -issuer -enddate`,
          ],
        },
        ask,
      ];
    case 'credentials':
      if (alert.byPassword) return [ask];
      return 'iam' in login
        ? [...iamLogin(login.iam.user), describeResource(host)]
        : [describeSecret(secretIdOf(login)), ask];
    case 'secret':
      return 'iam' in login ? [ask] : [describeSecret(secretIdOf(login))];
    case 'privilege':
      return [role === null ? null : monitorGrant(role), ask];
    case 'no-database':
      return [{ title: 'See which databases there are', language: 'sql', lines: DATABASES_QUERY }];
    case 'server':
      return [ask];
  }
}

/** What RDS says of the instance behind an endpoint. */
function describeInstance(host: string): Action {
  return {
    title: 'See whether the instance runs, and which security groups guard it',
    language: 'shell',
    lines: [
      'aws rds describe-db-instances --output table --query \\',
      `  "DBInstances[?Endpoint.Address=='${host}'].[DBInstanceStatus,VpcSecurityGroups]"`,
    ],
  };
}

/** What the function's policy has to name: a restored instance, or the green one of blue/green, has another. */
function describeResource(host: string): Action {
  return {
    title:
      "Compare its resource id, for Aurora the cluster's, with the function's policy: a restore or a blue/green switchover gives a new one; then correct resourceId, or deploy again where it is looked up",
    language: 'shell',
    lines: [
      'aws rds describe-db-instances --output table --query \\',
      `  "DBInstances[?Endpoint.Address=='${host}'].[DbiResourceId,DBClusterIdentifier]"`,
    ],
  };
}

/** Since when a secret is as it is; does not show what is in it. */
function describeSecret(arn: string): Action {
  return {
    title: 'See whether the secret is there, and when it was last rotated',
    language: 'shell',
    lines: [
      'aws secretsmanager describe-secret \\',
      `  --secret-id ${quoteShell(arn)} \\`,
      '  --query "[Name,LastRotatedDate,LastChangedDate,DeletedDate]"',
    ],
  };
}
