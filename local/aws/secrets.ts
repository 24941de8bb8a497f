import { createHash } from 'node:crypto';
import { ServiceError, textField } from './wire.ts';

/** What GetSecretValue answers for a request's body; `secrets` maps ARNs to secret strings. */
export function getSecretValue(body: string, secrets: ReadonlyMap<string, string>): Record<string, unknown> {
  const id = textField(body, 'SecretId');
  const value = secrets.get(id);
  if (value === undefined) {
    throw new ServiceError(
      'ResourceNotFoundException',
      'Secrets Manager can\u2019t find the specified secret.',
    );
  }
  return {
    ARN: id,
    Name: id.split(':').at(-1),
    VersionId: createHash('sha256').update(value).digest('hex').slice(0, 32),
    SecretString: value,
    VersionStages: ['AWSCURRENT'],
  };
}
