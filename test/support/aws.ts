import { afterEach, beforeEach, vi } from 'vitest';
import { type Clients, createClients } from '../../lambda/shared/aws-clients.ts';
import { type AwsEndpoint, type AwsEndpointOptions, startAwsEndpoint } from '../../local/aws/endpoint.ts';
import { runQuery } from './insights/run.ts';

/** The endpoint of the test that runs now, and the function's own clients pointed at it. */
export interface LocalAws {
  readonly endpoint: AwsEndpoint;
  readonly clients: Clients;
}

/** Gives every test of a file an AWS endpoint of its own, and the environment that points the SDK at it. */
export function useAws(options: AwsEndpointOptions = {}): LocalAws {
  let current: LocalAws | undefined;
  const aws = () => {
    if (current === undefined) throw new Error('only inside a test');
    return current;
  };

  beforeEach(async () => {
    const endpoint = await startAwsEndpoint({ runQuery, ...options });
    for (const [name, value] of Object.entries(endpoint.environment())) vi.stubEnv(name, value);
    current = { endpoint, clients: createClients() };
  });

  afterEach(async () => {
    for (const client of Object.values(aws().clients)) client.destroy();
    vi.unstubAllEnvs();
    await aws().endpoint.close();
  });

  return {
    get endpoint() {
      return aws().endpoint;
    },
    get clients() {
      return aws().clients;
    },
  };
}
