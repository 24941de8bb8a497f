/** What the name of an RDS endpoint says. */
export interface RdsEndpoint {
  /** Of the instance, cluster or proxy. */
  readonly identifier: string;
  /** What it leads to, by the word before the domain such as `cluster-ro-`; empty for an instance. */
  readonly kind: string;
  /** What RDS gives an account in a region: all its instances have it after their identifier. */
  readonly domain: string;
  readonly region: string;
}

const KIND = '(?<kind>proxy-|cluster-ro-|cluster-custom-|cluster-|global-|shardgrp-|)';

/** China has the region behind `rds`, the European Sovereign Cloud a suffix of its own. */
const PLACES = [
  '(?<region>[a-z0-9-]+)[.]rds[.]amazonaws[.](?:com|eu)',
  'rds[.](?<region>[a-z0-9-]+)[.]amazonaws[.]com[.]cn',
];

const PATTERNS = PLACES.map(
  (place) =>
    new RegExp(
      `^(?<identifier>[a-z0-9-]+)[.](?:endpoint[.](?=proxy-))?${KIND}(?<domain>[a-z0-9]+[.]${place})$`,
    ),
);

/**
 * Takes the name of an RDS endpoint apart; null for every other name.
 *
 * @see https://github.com/aws/aws-advanced-nodejs-wrapper/blob/main/common/lib/utils/rds_utils.ts
 */
export function rdsEndpoint(host: string): RdsEndpoint | null {
  const name = host.toLowerCase();
  const groups = PATTERNS.map((pattern) => pattern.exec(name)?.groups).find((found) => found !== undefined);
  if (groups === undefined) return null;
  const { identifier = '', kind = '', domain = '', region = '' } = groups;
  return { identifier, kind, domain, region };
}
