import { Token, Tokenization } from 'aws-cdk-lib';
import type { WatchedDatabase } from './resolve-databases.ts';

/** What a value takes that only the deployment knows: an endpoint has about 70 characters, a secret's ARN about 110. */
const BYTES_OF_UNKNOWN = { host: 70, port: 5, login: 110 } as const;

/**
 * What CloudFormation has yet to fill in of these databases, by its place such as `0.host`, and about how many bytes it
 * takes in an environment variable.
 */
export function unknownValues(entries: readonly WatchedDatabase['entry'][]): {
  readonly values: Readonly<Record<string, string>>;
  readonly bytes: number;
} {
  const values: Record<string, string> = {};
  let bytes = 0;
  entries.forEach((entry, position) => {
    for (const [place, value] of placesOf(entry)) {
      if (!Token.isUnresolved(value)) continue;
      values[`${position}.${place}`] = textOf(value);
      bytes += BYTES_OF_UNKNOWN[place === 'host' || place === 'port' ? place : 'login'] + place.length + 20;
    }
  });
  return { values, bytes };
}

/** What CloudFormation may have yet to fill in. */
function placesOf({ host, port, login }: Readonly<Record<string, unknown>>): [string, unknown][] {
  const secrets = typeof login === 'object' && login !== null ? Object.entries(login) : [];
  return [
    ['host', host],
    ['port', port],
    ...secrets.map(([key, value]): [string, unknown] => [`login.${key}`, value]),
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'number' ? Token.asString(Tokenization.reverse(value)) : String(value);
}
