import './offline.ts';
import { expect, test } from 'vitest';
import { auroraWithSlack, fleetOf, oneInstance } from './examples.ts';
import { synthesize } from './synth.ts';

test.each([
  ['one instance', oneInstance],
  ['an Aurora cluster with Slack', auroraWithSlack],
  ['a fleet of 60', fleetOf(60)],
])(
  '%s can be destroyed and deployed again: it keeps no resource and fixes no name of one that lingers',
  (_, config) => {
    const { template, nested } = synthesize(config);
    for (const { Resources } of [template, ...nested])
      for (const [
        id,
        { Type, DeletionPolicy = 'Delete', UpdateReplacePolicy = 'Delete', Properties },
      ] of Object.entries(Resources)) {
        expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'Delete', 'Delete']);
        // Scheduler removes a group in the background, and refuses its name until that is done.
        if (Type === 'AWS::Scheduler::ScheduleGroup') expect([id, Properties]).toEqual([id, undefined]);
      }
  },
);

test('no resource depends on what it already refers to', () => {
  const referredTo = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(referredTo);
    if (typeof value !== 'object' || value === null) return [];
    if ('Ref' in value) return [String(value.Ref)];
    if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return [String(value['Fn::GetAtt'][0])];
    return Object.values(value).flatMap(referredTo);
  };
  const { template, nested } = synthesize(fleetOf(60));
  for (const { Resources } of [template, ...nested])
    for (const [id, { DependsOn = [], Properties }] of Object.entries(Resources)) {
      const references = new Set(referredTo(Properties));
      expect([id, [DependsOn].flat().filter((other) => references.has(other))]).toEqual([id, []]);
    }
});
