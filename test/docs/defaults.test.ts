import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { outerSchema } from '../../infra/config/entries.ts';
import { configSchema } from '../../infra/config/schema.ts';
import { databaseSchema } from '../../lambda/config/database.ts';
import { oneInstance } from '../infra/examples.ts';
import { defaultsOf } from './api.ts';
import { tablesOf } from './markdown.ts';

// The tables of settings against the schema: a default that differs fails, and so does a setting without a row.

/** A setting as the schema has it. */
interface Setting {
  readonly path: string;
  readonly isRequired: boolean;
}

/** Every setting of a schema of objects, and the objects that hold them. */
function settingsOf(schema: unknown, path = '', isRequired = true): { leaves: Setting[]; objects: string[] } {
  if (property(schema, 'type') === 'optional') return settingsOf(property(schema, 'wrapped'), path, false);
  const entries = property(schema, 'entries');
  if (typeof entries !== 'object' || entries === null) return { leaves: [{ path, isRequired }], objects: [] };
  const inner = Object.entries(entries).map(([key, entry]) =>
    settingsOf(entry, path === '' ? key : `${path}.${key}`, isRequired),
  );
  return {
    leaves: inner.flatMap(({ leaves }) => leaves),
    objects: [path, ...inner.flatMap(({ objects }) => objects)],
  };
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

interface Row {
  readonly path: string;
  readonly cell: string;
}

/** The tables of settings of a page. */
function tables(page: string, prefix = ''): Row[][] {
  return tablesOf(page)
    .filter(({ titles }) => titles[0] === 'Setting' && titles[1] === 'Default')
    .map(({ rows }) =>
      rows.map(([name = '', cell = '']) => ({ path: prefix + name.replaceAll('`', ''), cell })),
    );
}

/** A literal as people write it: with single quotes, and keys without any. */
function relaxed(code: string): unknown {
  return JSON.parse(code.replaceAll("'", '"').replaceAll(/(\w+):/g, '"$1":'));
}

/** The literal that a cell begins with (`5`, `'70%'`, `[]`); undefined when it tells the default in words. */
function literal(cell: string): unknown {
  const [, code] = /^`([^`]+)`/.exec(cell) ?? [];
  return code === undefined ? undefined : relaxed(code);
}

const [database] = oneInstance.databases;
if (database === undefined || !('host' in database)) throw new Error('the example has another form');
const { name, host, login } = database;
const smallest = { network: { vpcId: oneInstance.network.vpcId }, databases: [{ name, host, login }] };

const [stack = [], ...ofDatabases] = tables('docs/configuration.md');
const sides = [
  {
    title: 'the stack',
    rows: stack,
    settings: settingsOf(configSchema),
    defaults: v.parse(configSchema, smallest),
  },
  {
    title: 'each database',
    rows: [...ofDatabases, ...tables('docs/reclaim.md', 'reclaim.')].flat(),
    settings: {
      leaves: [...settingsOf(databaseSchema).leaves, ...settingsOf(outerSchema).leaves],
      objects: settingsOf(databaseSchema).objects,
    },
    defaults: v.parse(databaseSchema, { name, host, login }),
  },
];

describe.each(sides)('the settings of $title', ({ rows, settings, defaults }) => {
  const { leaves, objects } = settings;

  test('each has a row, or the group that it belongs to', () => {
    const isCovered = ({ path }: Setting) =>
      rows.some((row) => row.path === path || path.startsWith(`${row.path}.`));
    expect(leaves.filter((leaf) => !isCovered(leaf))).toEqual([]);
  });

  test.each(rows)('$path: $cell', ({ path, cell }) => {
    const leaf = leaves.find((setting) => setting.path === path);
    expect(leaf !== undefined || objects.includes(path), 'is a setting').toBe(true);
    const value = path.split('.').reduce<unknown>(property, defaults);
    expect(cell === 'required', 'is required').toBe(leaf?.isRequired ?? false);
    if (cell === 'required') return;
    const documented = literal(cell);
    if (documented === undefined) expect(value ?? {}, 'has no default of its own').toEqual({});
    else expect(value).toEqual(documented);
  });
});

// The same of the types: what an editor shows as the default of a setting.
const typed = [
  ...defaultsOf('infra/config/database-settings.ts'),
  ...defaultsOf('infra/config/reclaim-settings.ts'),
].filter(([, defaults]) => defaults.size > 0);
const PLACES: Readonly<Record<string, string>> = {
  DatabaseSettings: '',
  TlsSettings: 'tls.',
  AlertSettings: 'alerts.',
  ReclaimSettings: 'reclaim.',
};

describe.each(typed)('the types: %s', (name, defaults) => {
  test.each([...defaults])('%s: %s', (key, code) => {
    const value = `${PLACES[name]}${key}`.split('.').reduce<unknown>(property, sides[1]?.defaults);
    const documented = relaxed(code);
    // An object names what matters of it.
    if (typeof documented === 'object' && !Array.isArray(documented))
      expect(value).toMatchObject({ ...documented });
    else expect(value).toEqual(documented);
  });
});
