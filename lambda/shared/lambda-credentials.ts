/** AWS credentials in the form that every SDK client takes. */
interface EnvironmentCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * What the bundle has in place of the SDK's chain of credential providers (`infra/bundle.ts` swaps it in): Lambda
 * always hands its role over in environment variables, so profiles, SSO, processes, web identities and metadata
 * services are 120 kB that would never run. The command line and the tests of the sources keep the whole chain.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html ("Defined runtime environment variables")
 */
function environmentProvider(): () => Promise<EnvironmentCredentials> {
  return async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
      throw new Error(
        'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, which Lambda sets from its role',
      );
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    };
  };
}

/** The name that `@aws-sdk/credential-provider-node` gives it, and every client imports. */
export const defaultProvider = environmentProvider;

/** The name that `@aws-sdk/credential-providers` gives it, and `@aws-sdk/rds-signer` imports. */
export const fromNodeProviderChain = environmentProvider;
