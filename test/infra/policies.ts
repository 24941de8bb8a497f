import { resolve } from './resolve.ts';
import type { Synthesis } from './synth.ts';

/** A statement of a policy, its intrinsics resolved and its lists made lists. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: readonly string[];
  readonly conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The statements of a policy document of the template. */
export function statementsOf({ template }: Synthesis, document: unknown): Statement[] {
  const { Statement: statements } = recordOf(resolve(template, document));
  return listOf(statements).map((statement) => {
    const { Effect, Action, Resource, Principal, Condition } = recordOf(statement);
    return {
      effect: Effect === 'Deny' ? 'Deny' : 'Allow',
      actions: listOf(Action).map(String),
      resources: listOf(Resource).map(String),
      principals:
        typeof Principal === 'string'
          ? [Principal]
          : Object.values(recordOf(Principal)).flatMap(listOf).map(String),
      conditions: Object.fromEntries(
        Object.entries(recordOf(Condition)).map(([key, value]) => [key, recordOf(value)]),
      ),
    };
  });
}

/** Does the pattern, with IAM's `*` and `?`, match? */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern
    .split('*')
    .map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('?', '.'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(text);
}

/** Is the action allowed on the resource (conditions aside), and not denied without condition? */
export function allows(statements: readonly Statement[], action: string, resource: string): boolean {
  const speaking = statements.filter(
    ({ actions, resources }) =>
      actions.some((pattern) => matches(pattern, action)) &&
      resources.some((pattern) => matches(pattern, resource)),
  );
  return (
    speaking.some(({ effect }) => effect === 'Allow') &&
    !speaking.some(({ effect, conditions }) => effect === 'Deny' && Object.keys(conditions).length === 0)
  );
}

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
