import * as v from 'valibot';
import { strict, wholeNumber } from './validation.ts';

/** The slots that every server keeps for superusers by default (`superuser_reserved_connections`). */
const SUPERUSER_RESERVED = 3;

/** RDS and Aurora: `max_connections` is LEAST({DBInstanceClassMemory/9531392}, 5000) unless the parameter group says else. */
const BYTES_PER_CONNECTION = 9_531_392;
const MOST_BY_FORMULA = 5000;

/** Memory of the classes whose size is not a number of vCPUs times a family's ratio, in GiB. */
const BURSTABLE = { micro: 1, small: 2, medium: 4, large: 8, xlarge: 16, '2xlarge': 32 };

/** GiB for each vCPU, by family (Amazon RDS User Guide, "DB instance class hardware specifications"). */
const GIB_PER_VCPU: readonly (readonly [family: RegExp, gib: number])[] = [
  [/^x1|^x2/, 16],
  [/^r|^z/, 8],
  [/^m/, 4],
];

const INSTANCE_CLASS = /^db\.([a-z][a-z0-9-]*)\.(micro|small|medium|large|\d*xlarge)(?:\.tpc\d\.mem\dx)?$/;

const reserved = v.optional(wholeNumber(0, 1000), SUPERUSER_RESERVED);

/**
 * What is known of a server before the guard has seen it: `max_connections`, or the instance class that RDS computes it
 * from. `reserved` are the slots that ordinary roles cannot get: 3 unless said, 9 on current minor versions of RDS for
 * PostgreSQL.
 */
export const capacitySchema = v.union(
  [
    strict({
      /** The server's `max_connections`. */
      maxConnections: wholeNumber(1, 262_143),
      /**
       * Slots that ordinary roles cannot get.
       *
       * @default 3
       */
      reserved,
    }),
    strict({
      /** The instance class, from which RDS computes `max_connections`. */
      instanceClass: v.pipe(
        v.string(),
        v.check(
          (name) => memoryOf(name) !== null,
          'an instance class with memory of its own, such as db.r7g.large; for db.serverless give maxConnections',
        ),
      ),
      /**
       * Slots that ordinary roles cannot get.
       *
       * @default 3
       */
      reserved,
    }),
  ],
  '{ maxConnections, reserved } or { instanceClass, reserved }',
);

/** See {@link capacitySchema}. */
export type ExpectedCapacity = v.InferOutput<typeof capacitySchema>;

/**
 * The most `max_connections` that the server can have: what is given, or RDS's formula with all of the class's memory.
 * RDS takes what its own processes need off first, so a server has up to 15 % less: what is beyond this fits on none.
 */
export function mostConnections(capacity: ExpectedCapacity): number {
  if ('maxConnections' in capacity) return capacity.maxConnections;
  const gib = memoryOf(capacity.instanceClass) ?? 0;
  return Math.min(MOST_BY_FORMULA, Math.floor((gib * 2 ** 30) / BYTES_PER_CONNECTION));
}

/** The memory of an instance class in GiB; null where the name does not tell it. */
function memoryOf(instanceClass: string): number | null {
  const [, family = '', size = ''] = INSTANCE_CLASS.exec(instanceClass) ?? [];
  if (family.startsWith('t')) {
    return Object.entries(BURSTABLE).find(([name]) => name === size)?.[1] ?? null;
  }
  const perVcpu = GIB_PER_VCPU.find(([pattern]) => pattern.test(family))?.[1];
  const vcpus = vcpusOf(size);
  return perVcpu === undefined || vcpus === null ? null : perVcpu * vcpus;
}

function vcpusOf(size: string): number | null {
  if (size === 'medium') return 1;
  if (size === 'large') return 2;
  return size.endsWith('xlarge') ? 4 * Number(size.replace('xlarge', '') || 1) : null;
}
