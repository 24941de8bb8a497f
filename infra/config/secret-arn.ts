/** What the policy needs, said of one that lacks it. */
export const FULL_SECRET_ARN =
  'the full ARN of a secret, with the hyphen and six characters that Secrets Manager put at its end, or { secretName }';

/** Does the ARN end with Secrets Manager's own suffix? A policy without it never matches the secret. */
export function isFullSecretArn(arn: string): boolean {
  return /-[A-Za-z0-9]{6}$/.test(arn);
}
