import { isObject, jsonReply, parseObject, type Reply, ServiceError, textField } from './wire.ts';

// Limits: EventBridge Scheduler API reference and user guide, "Quotas" (256 KB of input); the age of a StartDate is in no
// page, but the service answers with it.
const MAX_INPUT_BYTES = 256 * 1024;
const MAX_START_AGE = 5 * 60_000;
const LARGEST_PAGE = 100;

/** One schedule, by its group and name. */
export interface StoredSchedule {
  readonly group: string;
  readonly name: string;
  /** As it was sent, with dates in seconds since the epoch. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly clientToken: string | null;
  /** When it was created or last updated, ms since the epoch. */
  readonly at: number;
}

/** What a request is about: `Name` is empty for ListSchedules. */
export interface SchedulerRequest {
  readonly action: string;
  readonly group: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

const ACTIONS: Readonly<Record<string, string>> = {
  GET: 'GetSchedule',
  POST: 'CreateSchedule',
  PUT: 'UpdateSchedule',
  DELETE: 'DeleteSchedule',
};

/** Reads method and path of a REST request; null when it is not for Scheduler. */
export function readSchedulerRequest(method: string, url: string, body: string): SchedulerRequest | null {
  const { pathname, searchParams: query } = new URL(url, 'http://scheduler');
  const [, collection, name = '', ...rest] = pathname.split('/').map(decodeURIComponent);
  const action = name === '' && method === 'GET' ? 'ListSchedules' : ACTIONS[method];
  if (collection !== 'schedules' || action === undefined || rest.length > 0) return null;
  const inBody = body === '' ? '' : textField(body, 'GroupName');
  const group = action === 'ListSchedules' ? query.get('ScheduleGroup') : (query.get('groupName') ?? inBody);
  return { action, group: group || 'default', name, query };
}

/**
 * Does what is asked, on `schedules` of the groups that exist.
 *
 * @param now ms since the epoch.
 * @throws {ServiceError} with Scheduler's own errors.
 */
export function carryOutSchedule(
  { action, group, name, query }: SchedulerRequest,
  body: string,
  schedules: Map<string, StoredSchedule>,
  groups: ReadonlySet<string>,
  now: number,
): Reply {
  if (!groups.has(group))
    throw new ServiceError('ResourceNotFoundException', `Schedule group ${group} does not exist.`, 404);
  if (action === 'ListSchedules') return list(group, query, schedules);
  if (!/^[\w.-]{1,64}$/.test(name)) throw invalid('Name must have 1 to 64 of letters, digits and ._-');
  const key = `${group}/${name}`;
  const stored = schedules.get(key);
  if (action === 'CreateSchedule') {
    const input = parseObject(body);
    const clientToken = typeof input['ClientToken'] === 'string' ? input['ClientToken'] : null;
    if (stored !== undefined && (clientToken === null || stored.clientToken !== clientToken))
      throw new ServiceError('ConflictException', `Schedule ${name} already exists.`, 409);
    schedules.set(key, { group, name, definition: checked(input, now), clientToken, at: now });
    return jsonReply('1.1', { ScheduleArn: `arn:aws:scheduler:::schedule/${key}` });
  }
  if (stored === undefined)
    throw new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  if (action === 'GetSchedule') return jsonReply('1.1', { Name: name, ...stored.definition });
  if (action === 'DeleteSchedule') {
    schedules.delete(key);
    return jsonReply('1.1', {});
  }
  // An update replaces all of it: what is left out falls back to its default.
  schedules.set(key, { ...stored, definition: checked(parseObject(body), now), at: now });
  return jsonReply('1.1', { ScheduleArn: `arn:aws:scheduler:::schedule/${key}` });
}

function list(group: string, query: URLSearchParams, schedules: Map<string, StoredSchedule>): Reply {
  const size = Number(query.get('MaxResults') ?? LARGEST_PAGE);
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE)
    throw invalid('MaxResults must be 1 to 100');
  const start = Number(query.get('NextToken') ?? 0);
  const all = [...schedules.values()].filter((schedule) => schedule.group === group);
  const Schedules = all.slice(start, start + size).map(({ name }) => ({ Name: name, GroupName: group }));
  return jsonReply('1.1', {
    Schedules,
    ...(start + size < all.length && { NextToken: String(start + size) }),
  });
}

function checked(input: Record<string, unknown>, now: number): Record<string, unknown> {
  const { ClientToken: _, ...definition } = input;
  const {
    ScheduleExpression: expression,
    FlexibleTimeWindow: window,
    Target: target,
    StartDate: start,
  } = definition;
  if (typeof expression !== 'string' || !/^(?:rate|cron|at)\(.+\)$/.test(expression))
    throw invalid(`Invalid Schedule Expression ${String(expression)}.`);
  if (!isObject(window)) throw invalid('FlexibleTimeWindow is required');
  if (!isObject(target) || typeof target['Arn'] !== 'string' || typeof target['RoleArn'] !== 'string')
    throw invalid('Target must have Arn and RoleArn');
  const { Input: text = '' } = target;
  if (typeof text !== 'string' || Buffer.byteLength(text) > MAX_INPUT_BYTES)
    throw invalid('Target.Input is longer than 256 KB');
  if (typeof start === 'number' && start * 1000 < now - MAX_START_AGE)
    throw invalid('The StartDate you specify cannot be earlier than 5 minutes ago.');
  return definition;
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
