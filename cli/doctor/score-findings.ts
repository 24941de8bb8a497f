import type { Database } from '../../lambda/config/database.ts';
import type { Finding } from './finding.ts';

/** Where the scores of reclaim's rules are to be read: one sample has none, so doctor cannot say. */
export function scoreFindings({ name, reclaim }: Pick<Database, 'name' | 'reclaim'>): readonly Finding[] {
  if (reclaim.mode === 'off') return [];
  const query = [
    `filter event = "check.holders" and database = "${name}"`,
    'fields jsonParse(@message) as line',
    'unnest line.scores into score',
    'stats latest(score.tried) as tried, latest(score.wrong) as cameBack by score.rule as rule',
  ];
  return [
    {
      topic: 'scores',
      weight: 'good',
      text: `reclaim is in mode ${reclaim.mode}; how its rules have done is learned and kept by the function, for one sample has no score: ask its log, in CloudWatch Logs Insights`,
      remedy: [query.join(' | ')],
    },
  ];
}
