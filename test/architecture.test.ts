import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test } from 'vitest';
import { trackedFiles } from './support/tracked-files.ts';

// Which folder may import which, type imports included. That no import runs in a circle is oxlint's import/no-cycle.

const STEPS = ['observe', 'assess', 'reclaim', 'report', 'remember'].map((step) => `lambda/${step}`);

/** The rooms of the function, lowest floor first: a file imports from its own room and from lower floors. */
const FLOORS = [
  ['lambda/shared'],
  ['lambda/config'],
  ['lambda/model'],
  STEPS,
  ['lambda/run'],
  ['lambda', 'lambda/wake', 'lambda/discover', 'lambda/actions'],
];

/** What each part of the repository may import beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lambda: [],
  infra: ['lambda'],
  cli: ['infra', 'lambda'],
  local: ['cli', 'infra', 'lambda'],
};

/** From file, to file: every import and re-export of the repository's own files, by static or literal specifier. */
const IMPORTS = trackedFiles('*.ts')
  .filter((file) => partOf(file) in MAY_IMPORT)
  .flatMap((file) =>
    specifiersOf(file).map((specifier) => ({ file, to: posix.join(file, '..', specifier) })),
  );

function specifiersOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const { staticImports, staticExports, dynamicImports } = parseSync(file, source).module;
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => source.slice(start + 1, end - 1)),
  ].filter((specifier) => specifier.startsWith('.'));
}

function partOf(file: string): string {
  return file.split('/', 1)[0] ?? '';
}

const roomOf = (file: string) =>
  file.split('/').length > 2 ? file.split('/').slice(0, 2).join('/') : 'lambda';
const floorOf = (file: string) => FLOORS.findIndex((rooms) => rooms.includes(roomOf(file)));

test('the function imports nothing outside itself, and no part imports one that is not below it', () => {
  const wrong = IMPORTS.filter(
    ({ file, to }) => ![partOf(file), ...(MAY_IMPORT[partOf(file)] ?? [])].includes(partOf(to)),
  );
  // For the version and the description.
  expect(wrong.filter(({ to }) => to !== 'package.json')).toEqual([]);
});

test('none of the five steps imports another, and within the function imports lead to lower floors only', () => {
  const inFunction = IMPORTS.filter(({ file }) => partOf(file) === 'lambda');
  expect(inFunction.length).toBeGreaterThan(100);
  expect(inFunction.filter(({ file }) => floorOf(file) === -1)).toEqual([]);
  expect(
    inFunction.filter(({ file, to }) => roomOf(to) !== roomOf(file) && floorOf(to) >= floorOf(file)),
  ).toEqual([]);
});

test('what a message says knows nothing of how it is carried, nor of metrics', () => {
  const wrong = IMPORTS.filter(
    ({ file, to }) =>
      file.startsWith('lambda/report/message/') && /^lambda\/report\/(?:delivery|metrics)\//.test(to),
  );
  expect(wrong).toEqual([]);
});
