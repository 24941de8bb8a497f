import '../infra/offline.ts';
import { expect, test } from 'vitest';
import { loadConfig } from '../../infra/config/load-config.ts';
import { ConnectionGuardStack } from '../../infra/stack.ts';
import { linksOf } from '../docs/markdown.ts';
import { ofType, synthesizeStack } from '../infra/synth.ts';
import { trackedFiles } from '../support/tracked-files.ts';

const CONFIGURATIONS = trackedFiles('examples/*/guard.config.ts');

test.each(CONFIGURATIONS)(
  '%s is accepted and synthesizes without a warning, each database with alarms',
  async (file) => {
    const config = await loadConfig(file);
    const synthesis = synthesizeStack((app) => new ConnectionGuardStack(app, 'Guarded', { config }));
    expect(synthesis.messages).toEqual([]);
    const alarms = ofType(synthesis, 'AWS::CloudWatch::Alarm').map(([, { AlarmDescription }]) =>
      String(AlarmDescription),
    );
    for (const { input } of config.databases)
      expect(alarms.filter((text) => text.includes(`Database ${input.name}:`)).length).toBeGreaterThanOrEqual(
        3,
      );
  },
);

test('examples/README.md lists every example', () => {
  const folders = new Set(trackedFiles('examples/*/*').map((file) => file.split('/')[1]));
  const listed = new Set(linksOf('examples/README.md').map((link) => link.split('/')[0]));
  expect([...folders].filter((folder) => !listed.has(folder))).toEqual([]);
  expect(folders.size).toBeGreaterThanOrEqual(4);
});
