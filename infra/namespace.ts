import { Annotations, Stack } from 'aws-cdk-lib';
import { ConnectionGuard } from './connection-guard.ts';

/** Refuses a second guard of the app whose metrics could not be told from the first one's. */
export function refuseSharedNamespace(guard: ConnectionGuard): void {
  const place = placeOf(guard);
  for (const other of guard.node.root.node.findAll()) {
    if (!(other instanceof ConnectionGuard) || other === guard || placeOf(other) !== place) continue;
    const shared = guard.databaseNames.find((name) => other.databaseNames.includes(name));
    if (shared !== undefined)
      Annotations.of(guard).addError(
        `${other.node.path} watches a database ${shared} too, in the same namespace ${guard.namespace}: their metrics ` +
          'and alarms would be mixed. Give one of the two guards another namespace, or the database another name',
      );
  }
}

function placeOf(guard: ConnectionGuard): string {
  const { account, region } = Stack.of(guard);
  return `${account} ${region} ${guard.namespace}`;
}
