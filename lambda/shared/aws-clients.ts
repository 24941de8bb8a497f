import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';

/** The AWS clients that the function uses. */
export interface Clients {
  readonly cloudwatch: CloudWatchClient;
  readonly sns: SNSClient;
  readonly dynamodb: DynamoDBClient;
  readonly secretsManager: SecretsManagerClient;
}

/** Of every client: without a time limit the SDK waits for an answer without end. See {@link createClients}. */
export const CLIENT_SETTINGS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true },
};

/**
 * The clients, to be made once and kept: they hold connections between the runs of one Lambda environment.
 *
 * Left to itself the SDK waits for an answer without end, and its `requestTimeout` alone only logs a warning. With these
 * settings a service that does not answer costs 3 s a try. They end when the headers of an answer have come, so every call
 * has a deadline of its own besides: see `within` in abort.ts. Three tries are the SDK's default, but for DynamoDB, whose
 * default is four. SNS gets one: it may have taken a message whose answer got
 * lost, so each repetition is an attempt of our own, with a growing pause before it. A connection that was kept while the
 * environment was frozen is often dead, which would cost that one attempt, so SNS gets a fresh one each time.
 */
export function createClients(): Clients {
  return {
    cloudwatch: new CloudWatchClient(CLIENT_SETTINGS),
    sns: new SNSClient({
      maxAttempts: 1,
      requestHandler: {
        ...CLIENT_SETTINGS.requestHandler,
        httpsAgent: { keepAlive: false },
        httpAgent: { keepAlive: false },
      },
    }),
    dynamodb: new DynamoDBClient(CLIENT_SETTINGS),
    secretsManager: new SecretsManagerClient(CLIENT_SETTINGS),
  };
}
