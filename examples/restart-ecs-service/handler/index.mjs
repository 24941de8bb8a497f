// The Lambda runtime brings its own SDK.
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { threadToRestartFor } from './rule.mjs';

const ecs = new ECSClient({ maxAttempts: 3 });

/** Threads that this environment has restarted for. A new environment forgets them: then one incident may restart twice. */
const answered = new Set();

/**
 * Restarts the one service of its environment when a message of the guard says that the service's own role is the cause.
 * Cluster and service never come from the message.
 *
 * @param {{ Records: { Sns: { Message: string } }[] }} event
 */
export async function handler(event) {
  const { CLUSTER: cluster, SERVICE: service, DATABASE: database, ROLE: role } = process.env;
  for (const { Sns } of event.Records) {
    const thread = threadToRestartFor(Sns.Message, { database, role });
    if (thread === null || answered.has(thread)) continue;
    await ecs.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
    answered.add(thread);
    console.log(JSON.stringify({ event: 'service.restarted', cluster, service, database, role }));
  }
}
