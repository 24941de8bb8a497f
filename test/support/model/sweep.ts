import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { databaseSchema } from '../../../lambda/config/database.ts';
import { total } from '../../../local/incident/application/ledger.ts';
import type { Scenario } from '../../../local/incident/application/scenario.ts';
import { SCENARIOS } from '../../../local/incident/application/scenarios.ts';
import { guardModel } from './guard.ts';
import { playModel } from './model.ts';
import { variantOf } from './variants.ts';

// Scenarios as models, with many seeds and phases, in a minute or two and without a server:
// `npx tsx test/support/model/sweep.ts [--row NAME]... [--seeds 0-3] [--phases 0,30,watch] [--reclaim '{"until":"60%"}']`
// or `--variants 0-59` for random variants of the incident instead, each beside itself without a guard.

const { values } = parseArgs({
  options: {
    row: { type: 'string', multiple: true, default: SCENARIOS.map(({ name }) => name) },
    seeds: { type: 'string', default: '0-2' },
    phases: { type: 'string', default: '0,10,20,30,40,50,watch' },
    reclaim: { type: 'string', default: '{}' },
    variants: { type: 'string' },
  },
});
const rangeOf = (text: string) => {
  const [first = 0, last = first] = text.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
};
const phases = values.phases.split(',').map((phase) => (phase === 'watch' ? null : Number(phase)));
const login = { secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:guard-AbCdEf' };

/** The guard's thresholds as the scenario has them; its defaults where it has none. */
const thresholdsOf = ({ thresholds }: Scenario) => (thresholds === null ? {} : { thresholds });

/** One play: what it came to, and by which rules sessions were ended. */
async function played(scenario: Scenario, thresholds: object, seed: number, phase: number | null) {
  const database = v.parse(databaseSchema, {
    name: 'orders',
    host: 'localhost',
    login,
    ...thresholds,
    reclaim: { mode: 'terminate', ...JSON.parse(values.reclaim) },
  });
  const model = playModel(scenario, seed);
  const guard = await guardModel(model, database, { phase, late: [0, 0.7, 2.5] }, scenario.seconds);
  const { refusedAt, endedAt, cut } = model.ledger;
  const { requests, refusedRequests } = model.ledger;
  const percent = (100 * refusedRequests) / Math.max(1, requests);
  return { refused: refusedAt.length, percent, ended: endedAt.length, cut: total(cut), of: cut, guard };
}

/** Percent of the requests that are refused without a guard. */
async function refusedWithout(scenario: Scenario, seed: number): Promise<number> {
  const model = playModel(scenario, seed);
  await model.advance(scenario.seconds);
  return (100 * model.ledger.refusedRequests) / Math.max(1, model.ledger.requests);
}

if (values.variants !== undefined) {
  const kinds = new Map<
    string,
    { plays: number; without: number; refused: number; held: number; cut: number }
  >();
  for (const number of rangeOf(values.variants)) {
    const { scenario, phase, kind, words } = variantOf(number);
    const { percent, cut, of } = await played(scenario, thresholdsOf(scenario), number, phase);
    const without = await refusedWithout(scenario, number);
    const sum = kinds.get(kind) ?? { plays: 0, without: 0, refused: 0, held: 0, cut: 0 };
    kinds.set(kind, {
      plays: sum.plays + 1,
      without: sum.without + without,
      refused: sum.refused + percent,
      held: sum.held + (percent === 0 ? 1 : 0),
      cut: sum.cut + cut,
    });
    if (percent + cut === 0) continue;
    const lost = `${percent.toFixed(1)} % refused, cut ${JSON.stringify(Object.fromEntries(of))}`;
    console.log(`${number}: ${lost} (without ${without.toFixed(1)} %): ${kind}, ${words}`);
  }
  for (const [kind, { plays, without, refused, held, cut }] of kinds) {
    const means = `${(refused / plays).toFixed(1)} % refused (without ${(without / plays).toFixed(1)} %)`;
    console.log(
      `${kind}: ${plays} variants, ${means}, ${held} with none refused, ${cut} living sessions cut`,
    );
  }
  process.exit();
}

for (const scenario of SCENARIOS.filter(({ name }) => values.row.includes(name))) {
  const isIncident = scenario.name.startsWith('incident');
  const own = thresholdsOf(scenario);
  for (const thresholds of isIncident || scenario.thresholds === null ? [own] : [{}, own]) {
    const sum = { plays: 0, refused: 0, inPlays: 0, cut: 0, cutInPlays: 0, ended: 0, samples: 0, peak: 0 };
    const by: Record<string, number> = {};
    const worst: string[] = [];
    for (const seed of rangeOf(values.seeds)) {
      for (const phase of phases) {
        const { refused, ended, cut, of, guard } = await played(scenario, thresholds, seed, phase);
        sum.plays++;
        sum.refused += refused;
        sum.inPlays += refused > 0 ? 1 : 0;
        sum.cut += cut;
        sum.cutInPlays += cut > 0 ? 1 : 0;
        sum.ended += ended;
        sum.samples += guard.samples.length;
        sum.peak = Math.max(sum.peak, ...guard.passes.map(({ used }) => used));
        for (const [rule, count] of guard.endedBy) by[rule] = (by[rule] ?? 0) + count;
        if (refused + cut > 0)
          worst.push(`${seed}/${phase ?? 'watch'}: ${refused} ${JSON.stringify(Object.fromEntries(of))}`);
      }
    }
    console.log(scenario.name, 'thresholds' in thresholds ? '(100/150 or own)' : '(defaults)');
    console.log(' ', JSON.stringify(sum), JSON.stringify(by));
    if (worst.length > 0) console.log('   refused and cut by seed/phase:', worst.join('; '));
  }
}
