import type { Thresholds } from '../config/threshold.ts';
import { DEFAULT_THRESHOLDS, thresholds } from '../config/threshold.ts';
import { parse } from '../config/validation.ts';
import { TAG } from './settings.ts';

/**
 * The thresholds that tags set in place of the profile's; null when there are none. A tag cannot hold a percent sign:
 * `80 percent` is written for `'80%'`.
 *
 * @throws {ConfigurationError} when a tag is no threshold, or the two are out of order.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
 */
export function thresholdsFrom(tags: ReadonlyMap<string, string>, ofProfile: unknown): Thresholds | null {
  const [warning, critical] = [tags.get(`${TAG}:warning`), tags.get(`${TAG}:critical`)];
  if (warning === undefined && critical === undefined) return null;
  const given: unknown = {
    ...DEFAULT_THRESHOLDS,
    ...Object(ofProfile),
    ...(warning !== undefined && { warning: written(warning) }),
    ...(critical !== undefined && { critical: written(critical) }),
  };
  return parse(thresholds, given, 'the tags');
}

function written(value: string): string | number {
  const text = value.trim();
  if (/^\d{1,7}$/.test(text)) return Number(text);
  return text.replace(/^(\d{1,3}(?:\.\d{1,6})?) ?percent$/, '$1%');
}
