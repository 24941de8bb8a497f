import type { Learned, RuleScore } from '../../model/prediction.ts';
import { RULES } from './rules.ts';

/** How the rules have done of late, over all applications; the finer scores of single statements are within them. */
export function ruleScores({ scores }: Learned): readonly RuleScore[] {
  const pools = Object.entries(scores).flatMap(([scope, rules]) => (scope.includes('.') ? [] : [rules]));
  return RULES.flatMap(({ name, words }) => {
    const stored = pools.flatMap((rules) => rules[name] ?? []);
    const sum = (place: 0 | 1) => pools.reduce((total, rules) => total + (rules[name]?.[place] ?? 0), 0);
    return stored.length === 0 ? [] : [{ rule: name, words, tried: sum(0), wrong: sum(1) }];
  });
}
