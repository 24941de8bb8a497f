import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Mistake } from '../lambda/config/validation.ts';
import { FULL_SECRET_ARN, isFullSecretArn } from './config/secret-arn.ts';
import type { GuardLogin } from './database-props.ts';

/** The one permission to log in, and the customer key of the secret, if it has one. */
export function loginOf(scope: Construct, login: GuardLogin, resourceId: string) {
  if ('iam' in login) {
    const resource = Stack.of(scope).formatArn({
      service: 'rds-db',
      resource: 'dbuser',
      resourceName: `${resourceId}/${login.iam.user}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return { grant: { action: 'rds-db:connect', resource } as const, key: null };
  }
  const grant = { action: 'secretsmanager:GetSecretValue', resource: secretResource(scope, login) } as const;
  return { grant, key: 'secret' in login ? (login.secret.encryptionKey ?? null) : null };
}

type SecretLogin = Exclude<GuardLogin, { iam: unknown }>;

/** The login of the event: an imported secret may know a part of its ARN only, which is good enough to read it. */
export function secretOf(login: SecretLogin): { secretArn: string } | { secretName: string } {
  if ('secretName' in login) return { secretName: login.secretName };
  return {
    secretArn: 'secret' in login ? (login.secret.secretFullArn ?? login.secret.secretArn) : login.secretArn,
  };
}

/** For a name or a part of an ARN: Secrets Manager adds a hyphen and six characters, which the policy has to match. */
function secretResource(scope: Construct, login: SecretLogin): string {
  if ('secretName' in login)
    return `${Stack.of(scope).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: login.secretName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })}-??????`;
  if ('secretArn' in login) return login.secretArn;
  return login.secret.secretFullArn ?? `${login.secret.secretArn}-??????`;
}

/** Why the login could never read its secret; null when it can. */
export function unreadable(login: GuardLogin): Pick<Mistake, 'found' | 'allowed'> | null {
  if ('secretArn' in login && !Token.isUnresolved(login.secretArn) && !isFullSecretArn(login.secretArn))
    return { found: JSON.stringify(login.secretArn), allowed: FULL_SECRET_ARN };
  if (!('secret' in login) || login.secret.secretFullArn !== undefined) return null;
  const { secretArn } = login.secret;
  return isFullSecretArn(secretArn) && !Token.isUnresolved(secretArn.split(':').at(-1))
    ? {
        found: `a secret whose name ends like an ARN: ${JSON.stringify(login.secret.secretName)}`,
        allowed: 'its full ARN, or { secretName }: AWS would take a part of the ARN for the whole',
      }
    : null;
}
