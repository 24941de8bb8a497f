import * as v from 'valibot';
import { databaseSchema } from '../../../lambda/config/database.ts';
import { SCENARIOS } from '../../../local/incident/application/scenarios.ts';
import { guardModel } from './guard.ts';
import { playModel } from './model.ts';

// Every scenario as a model, with many seeds and phases: `tsx local/incident/model/sweep.ts [names] [seeds] [reclaim]`.

const [names = '', seeds = '5', settings = '{}'] = process.argv.slice(2);
const login = { secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:guard-AbCdEf' };

for (const scenario of SCENARIOS.filter(({ name }) => names === '' || names.split(',').includes(name))) {
  const given = scenario.thresholds === null ? [{}] : [{}, { thresholds: scenario.thresholds }];
  for (const thresholds of given) {
    const database = v.parse(databaseSchema, {
      ...{ name: 'orders', host: 'localhost', login, ...thresholds },
      reclaim: { mode: 'terminate', ...JSON.parse(settings) },
    });
    const sum = { refused: 0, runs: 0, ended: 0, peak: 0, paused: 0 };
    const [cut, by]: Record<string, number>[] = [{}, {}];
    const add = (counts: Record<string, number> = {}, of: ReadonlyMap<string, number> = new Map()) => {
      for (const [key, count] of of) counts[key] = (counts[key] ?? 0) + count;
    };
    for (let seed = 0; seed < Number(seeds); seed++) {
      const model = playModel(scenario, seed);
      const cadence = { first: (seed * 1.7) % 5, most: 5, least: 1, coldStarts: [] };
      const guard = await guardModel(model, database, cadence, scenario.seconds);
      sum.refused += model.ledger.refusedAt.length;
      sum.runs += model.ledger.refusedAt.length > 0 ? 1 : 0;
      sum.ended += model.ledger.endedAt.length;
      sum.paused += guard.mostPaused;
      sum.peak = Math.max(sum.peak, ...guard.passes.map(({ used }) => used));
      add(cut, model.ledger.cut);
      add(by, guard.endedBy);
    }
    const label = 'thresholds' in thresholds ? 'own thresholds' : 'defaults';
    console.log(scenario.name.padEnd(18), label.padEnd(14), JSON.stringify({ ...sum, cut, by }));
  }
}
