import { BlockList, isIP } from 'node:net';
import * as v from 'valibot';
import { strict } from './validation.ts';

/** A name, or the beginning of one followed by `*`. */
export const namePattern = v.pipe(
  v.string(),
  v.check(
    (value) => value !== '*' && Buffer.byteLength(value) <= 64 && !value.includes('\0'),
    'a name of at most 63 bytes, or the beginning of one followed by *',
  ),
);

/** An IP address or a network. */
export const network = v.pipe(
  v.string(),
  v.check((value) => parseNetwork(value) !== null, 'an IP address or a network such as 10.0.0.0/16'),
);

const someOf = <Item extends v.GenericSchema>(item: Item) =>
  v.optional(v.pipe(v.array(item), v.minLength(1, 'at least one: an empty list selects nothing')));

/**
 * Sessions by what opened them. Names are exact, or a beginning followed by `*`; `''` in `applications` is a session
 * that gives no application_name. A session without an address (Unix socket) is in no network.
 */
export const selectionSchema = v.pipe(
  strict({
    roles: someOf(namePattern),
    applications: someOf(namePattern),
    databases: someOf(namePattern),
    clients: someOf(network),
  }),
  v.check(
    ({ roles, applications, databases, clients }) =>
      [roles, applications, databases, clients].some((list) => list !== undefined),
    'at least one of roles, applications, databases, clients',
  ),
);

/** See {@link selectionSchema}. */
export type Selection = v.InferOutput<typeof selectionSchema>;

/** What a filter compares. */
export interface Selectable {
  readonly role: string | null;
  readonly application: string;
  readonly database: string | null;
  readonly client: string | null;
}

/** One test for each list that the selection has. */
function tests(selection: Selection): ((session: Selectable) => boolean)[] {
  const { roles, applications, databases, clients } = selection;
  const named = (list: readonly string[] | undefined, name: (session: Selectable) => string | null) =>
    list ? [(session: Selectable) => list.some((item) => matches(item, name(session)))] : [];
  return [
    ...named(roles, (session) => session.role),
    ...named(applications, (session) => session.application),
    ...named(databases, (session) => session.database),
    ...(clients ? [inNetworks(clients)] : []),
  ];
}

/** For `only`: true for sessions that every list of the selection names. */
export function inEvery(selection: Selection): (session: Selectable) => boolean {
  const all = tests(selection);
  return (session) => all.every((test) => test(session));
}

/** For `except`: true for sessions that any list of the selection names. */
export function inAny(selection: Selection): (session: Selectable) => boolean {
  const all = tests(selection);
  return (session) => all.some((test) => test(session));
}

/** True when there is a name that both patterns match. */
export function namesOverlap(a: string, b: string): boolean {
  return coversName(a, b) || coversName(b, a);
}

/** True when there is an address in both networks. */
export function networksOverlap(a: string, b: string): boolean {
  return coversNetwork(a, b) || coversNetwork(b, a);
}

function matches(item: string, name: string | null): boolean {
  if (name === null) return false;
  return item.endsWith('*') ? name.startsWith(item.slice(0, -1)) : name === item;
}

function coversName(outer: string, inner: string): boolean {
  if (!outer.endsWith('*')) return outer === inner;
  return inner.replace(/\*$/, '').startsWith(outer.slice(0, -1));
}

function inNetworks(networks: readonly string[]): (session: Selectable) => boolean {
  // A list for each family: one list of both takes any IPv4 address to be in ::/0.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const { address, prefix, family } of networks.flatMap((text) => parseNetwork(text) ?? []))
    lists[family].addSubnet(address, prefix, family);
  return ({ client }) => {
    const network = client === null ? null : parseNetwork(client);
    return network !== null && lists[network.family].check(network.address, network.family);
  };
}

function coversNetwork(outer: string, inner: string): boolean {
  const [a, b] = [parseNetwork(outer), parseNetwork(inner)];
  if (a === null || b === null || a.family !== b.family || a.prefix > b.prefix) return false;
  return inNetworks([outer])({ role: null, application: '', database: null, client: b.address });
}

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

function parseNetwork(text: string): Network | null {
  const match = /^([0-9a-fA-F.:]{2,45})(?:\/(\d{1,3}))?$/.exec(text);
  const address = match?.[1] ?? '';
  const version = isIP(address);
  if (version === 0) return null;
  const bits = version === 4 ? 32 : 128;
  const prefix = match?.[2] === undefined ? bits : Number(match[2]);
  return prefix <= bits ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : null;
}
