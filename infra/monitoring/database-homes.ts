import { createHash } from 'node:crypto';
import { NestedStack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { constructId } from '../config/names.ts';

/**
 * CloudFormation allows 500 resources and 1 MB in a template. A database has up to six resources and some 6 kB: with 16
 * nested stacks the fullest has some 50 of 500 databases.
 */
const NESTED_STACKS = 16;

/** Gives the construct in which the resources of a database go, by its name. */
export type DatabaseHomes = (name: string) => Construct;

/**
 * Homes for the resources of databases, in nested stacks from the first database on. Which one depends on the name alone:
 * whatever is added or removed, no other database's alarms move and begin anew.
 */
export function databaseHomes(scope: Construct): DatabaseHomes {
  const home = new Construct(scope, 'Databases');
  const homes = new Map<string, Construct>();
  const nested = new Map<number, Construct>();
  const stackOf = (name: string): Construct => {
    const number = createHash('sha256').update(name).digest().readUInt32BE() % NESTED_STACKS;
    const stack =
      nested.get(number) ??
      new NestedStack(home, `Part${number + 1}`, {
        description: `rds-connection-guard: alarms of databases, part ${number + 1} of ${NESTED_STACKS}`,
      });
    nested.set(number, stack);
    return stack;
  };
  return (name) => {
    const own = homes.get(name) ?? new Construct(stackOf(name), constructId(name));
    homes.set(name, own);
    return own;
  };
}
