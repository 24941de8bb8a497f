import { createHash } from 'node:crypto';
import { NestedStack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { constructId } from '../config/names.ts';

/**
 * Up to six resources each: 50 databases make 300 of them and 300 kB. CloudFormation allows 500 resources and 1 MB in a
 * template, so a fleet that is larger has all of them in nested stacks.
 */
const IN_ONE_STACK = 50;

/** With 16 the fullest of them has some 50 of 500 databases. */
const NESTED_STACKS = 16;

/** Gives the construct in which the resources of a database go, by its name. */
export type DatabaseHomes = (name: string) => Construct;

/**
 * Homes for the resources of `count` databases. Which nested stack one goes to depends on its name alone, so that no
 * other database's alarms move, and begin anew, when one is added or removed.
 */
export function databaseHomes(scope: Construct, count: number): DatabaseHomes {
  const home = new Construct(scope, 'Databases');
  const homes = new Map<string, Construct>();
  const nested = new Map<number, Construct>();
  const stackOf = (name: string): Construct => {
    if (count <= IN_ONE_STACK) return home;
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
