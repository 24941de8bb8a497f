import { setImmediate as settled } from 'node:timers/promises';

interface Waiting {
  readonly at: number;
  readonly order: number;
  wake(): void;
}

/** Time that stands still while anything is being worked on, in seconds. */
export interface VirtualTime {
  now(): number;
  /** Resolves when the time has come; never for a time that is never reached. */
  until(second: number): Promise<void>;
  /** Wakes all that wait for a time up to `second`, one after the other, each at its own time. */
  advance(second: number): Promise<void>;
}

/** A clock at 0. */
export function createVirtualTime(): VirtualTime {
  const queue: Waiting[] = [];
  let [now, order] = [0, 0];
  return {
    now: () => now,
    until: (second) =>
      new Promise((wake) => {
        if (Number.isFinite(second)) push(queue, { at: Math.max(now, second), order: order++, wake });
      }),
    advance: async (second) => {
      await settled();
      for (let next = queue[0]; next && next.at <= second; next = queue[0]) {
        pop(queue);
        now = next.at;
        next.wake();
        await settled();
      }
      now = second;
    },
  };
}

const before = (a: Waiting, b: Waiting) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Puts an entry into a binary heap whose first entry is the next to wake. */
function push(heap: Waiting[], entry: Waiting): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (!parent || before(parent, entry)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = entry;
}

/** Takes the first entry out. */
function pop(heap: Waiting[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let index = 0;
  while (true) {
    let below = 2 * index + 1;
    const [left, right] = [heap[below], heap[below + 1]];
    if (!left) break;
    let child = left;
    if (right && before(right, left)) [child, below] = [right, below + 1];
    if (before(last, child)) break;
    heap[index] = child;
    index = below;
  }
  heap[index] = last;
}
