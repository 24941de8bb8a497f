import { databaseWith, played, refusedWithout } from './play.ts';
import { SITES } from './sites.ts';

// Plays the sites with many seeds: `tsx test/support/site/sweep.ts [part of a name] [seeds]`.

const [only = '', seeds = '5', first = '0'] = process.argv.slice(2);
const settings = { default: {}, '100/150': { thresholds: { warning: 100, critical: 150 } } };

for (const [name, kind] of Object.entries(SITES)) {
  if (!name.includes(only)) continue;
  for (const [label, setting] of Object.entries(settings)) {
    const sum = { refused: 0, runsRefused: 0, without: 0, ended: 0, peak: 0, pauses: 0 };
    const cut: Record<string, number> = {};
    const by: Record<string, number> = {};
    for (let seed = Number(first); seed < Number(seeds); seed++) {
      const result = played(kind, `${name}/${seed}`, databaseWith(setting), (seed * 7.3) % 5);
      sum.refused += result.refused;
      sum.runsRefused += result.refused > 0 ? 1 : 0;
      sum.without += refusedWithout(kind, `${name}/${seed}`);
      sum.ended += result.guard.ended;
      sum.pauses += result.guard.pauses;
      sum.peak = Math.max(sum.peak, result.peak);
      for (const [client, count] of result.cut) cut[client] = (cut[client] ?? 0) + count;
      for (const [rule, count] of result.guard.endedBy) by[rule] = (by[rule] ?? 0) + count;
    }
    console.log(name.padEnd(24), label, JSON.stringify({ ...sum, cut, by }));
  }
}
