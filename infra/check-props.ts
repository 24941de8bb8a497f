import { Token } from 'aws-cdk-lib';
import * as v from 'valibot';
import { parse } from '../lambda/config/validation.ts';
import { configSchema, notifySchema } from './config/schema.ts';
import type { ConnectionGuardProps } from './props.ts';

const { namespace, databasesPerRun, memorySize } = configSchema.entries;
const { timeZone, command, docsUrl } = notifySchema.entries;

/** What the construct and the configuration file both have. */
const schema = v.object({ namespace, databasesPerRun, memorySize, timeZone, command, docsUrl });

/**
 * Checks what would otherwise fail in the deployment, or in the function: what only the deployment knows is taken as it is.
 *
 * @throws {ConfigurationError} with every mistake at once.
 */
export function checkProps(props: ConnectionGuardProps): void {
  const known = Object.entries(props).filter(([, value]) => !Token.isUnresolved(value));
  parse(schema, Object.fromEntries(known), 'ConnectionGuard');
}
