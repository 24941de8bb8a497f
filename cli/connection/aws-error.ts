/** What AWS's errors about credentials and region mean, by their names, and what to do. */
const WORDS: Readonly<Record<string, string>> = {
  CredentialsProviderError: 'there are no AWS credentials: set AWS_PROFILE, or log in (aws sso login)',
  UnrecognizedClientException: 'AWS does not know your credentials: log in again (aws sso login)',
  InvalidClientTokenId: 'AWS does not know your credentials: log in again (aws sso login)',
  ExpiredTokenException: 'your AWS credentials have expired: log in again (aws sso login)',
  ExpiredToken: 'your AWS credentials have expired: log in again (aws sso login)',
};

/** What is wrong with the caller's credentials or region; null when the error is of another kind. */
export function credentialTrouble({ name, message }: Error): string | null {
  return WORDS[name] ?? (message === 'Region is missing' ? 'in which AWS region? Set AWS_REGION' : null);
}
