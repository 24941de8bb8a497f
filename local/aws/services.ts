import { putMetricData } from './cloudwatch.ts';
import type { LocalDynamoDb } from './dynamodb.ts';
import type { LocalLogs } from './logs.ts';
import { describe, RDS_NAMESPACE, type RdsState } from './rds.ts';
import { LOCAL_ACCOUNT, type MetricRecord, type SnsMessage } from './records.ts';
import { carryOutSchedule, readSchedulerRequest, type StoredSchedule } from './scheduler.ts';
import { getSecretValue } from './secrets.ts';
import { listTopics, publish, publishReply, queryErrorReply } from './sns.ts';
import { type AwsRequest, jsonReply, type Reply, ServiceError, textField } from './wire.ts';

/** One AWS service as the endpoint knows it. */
export interface Service {
  /** The prefix of its IAM actions. */
  readonly name: string;
  /** The service in the credential scope of a request's signature. @default - its name */
  readonly signedAs?: string;
  /** The code of its throttling error. */
  readonly throttled: string;
  /** The code of its refusal to a caller without the right. @default AccessDeniedException */
  readonly denied?: string;
  /** The action that a request asks for; null when the request is for another service. */
  actionOf(request: AwsRequest): string | null;
  /** The ARN that an IAM policy must allow. */
  resourceOf(request: AwsRequest, region: string): string;
  /** Does what is asked. Throws {@link ServiceError} for what the service refuses. */
  carryOut(action: string, request: AwsRequest): Reply | Promise<Reply>;
  errorReply(error: ServiceError): Reply;
}

/** What the services keep and write to. */
export interface Backing {
  readonly topics: ReadonlySet<string>;
  readonly secrets: ReadonlyMap<string, string>;
  readonly dynamodb: LocalDynamoDb;
  readonly logs: LocalLogs;
  readonly rds: RdsState;
  readonly schedules: Map<string, StoredSchedule>;
  readonly scheduleGroups: ReadonlySet<string>;
  addMetrics(records: readonly MetricRecord[]): void;
  addMessage(message: SnsMessage): void;
}

/** The services that the functions and the command line use. */
export function createServices(backing: Backing): readonly Service[] {
  return [
    cloudwatch(backing),
    sns(backing),
    secretsManager(backing),
    dynamodb(backing),
    rds(backing),
    scheduler(backing),
    logs(backing),
  ];
}

/** Speaks AWS JSON 1.0 with the error codes of its older Query protocol in a header. */
function cloudwatch(backing: Backing): Service {
  return {
    name: 'cloudwatch',
    signedAs: 'monitoring',
    throttled: 'ThrottlingException',
    actionOf: targetAction('GraniteServiceVersion20100801'),
    resourceOf: () => '*',
    carryOut: (action, { body }) => {
      if (action !== 'PutMetricData') throw unknownOperation();
      backing.addMetrics(putMetricData(body, Date.now()));
      return jsonReply('1.0', {});
    },
    errorReply: (error) => {
      const shape = CLOUDWATCH_SHAPES.get(error.code) ?? error.code;
      const reply = jsonError('1.0', shape, error);
      const fault = error.status >= 500 ? 'Receiver' : 'Sender';
      return { ...reply, headers: { ...reply.headers, 'x-amzn-query-error': `${error.code};${fault}` } };
    },
  };
}

const CLOUDWATCH_SHAPES = new Map([
  ['InvalidParameterValue', 'InvalidParameterValueException'],
  ['InvalidParameterCombination', 'InvalidParameterCombinationException'],
  ['MissingParameter', 'MissingRequiredParameterException'],
  ['InternalServiceError', 'InternalServiceFault'],
]);

function sns(backing: Backing): Service {
  return {
    name: 'sns',
    throttled: 'Throttling',
    denied: 'AuthorizationError',
    actionOf: queryAction('2010-03-31'),
    // ListTopics names no topic, so a policy has to allow it on all.
    resourceOf: ({ body }) => new URLSearchParams(body).get('TopicArn') ?? '*',
    carryOut: (action, { body }) => {
      const form = new URLSearchParams(body);
      if (action === 'ListTopics') return listTopics(form, backing.topics);
      if (action !== 'Publish') throw unknownOperation();
      const message = publish(form, backing.topics, Date.now());
      backing.addMessage(message);
      return publishReply(message);
    },
    errorReply: (error) => queryErrorReply(error),
  };
}

function secretsManager(backing: Backing): Service {
  return {
    name: 'secretsmanager',
    throttled: 'ThrottlingException',
    actionOf: targetAction('secretsmanager'),
    resourceOf: ({ body }) => textField(body, 'SecretId'),
    carryOut: (action, { body }) => {
      if (action !== 'GetSecretValue') throw unknownOperation();
      return jsonReply('1.1', getSecretValue(body, backing.secrets));
    },
    errorReply: (error) => jsonError('1.1', error.code, error),
  };
}

function dynamodb(backing: Backing): Service {
  return {
    name: 'dynamodb',
    throttled: 'ThrottlingException',
    actionOf: targetAction('DynamoDB_20120810'),
    resourceOf: ({ body }, region) =>
      `arn:aws:dynamodb:${region}:${LOCAL_ACCOUNT}:table/${textField(body, 'TableName')}`,
    carryOut: (_action, request) => backing.dynamodb.forward(request),
    errorReply: (error) => jsonError('1.0', error.code, error),
  };
}

function rds(backing: Backing): Service {
  return {
    name: 'rds',
    throttled: 'Throttling',
    actionOf: queryAction('2014-10-31'),
    // Both descriptions name no instance, so a policy has to allow them on all.
    resourceOf: () => '*',
    carryOut: (action, { body }) => describe(action, new URLSearchParams(body), backing.rds),
    errorReply: (error) => queryErrorReply(error, RDS_NAMESPACE),
  };
}

function scheduler({ schedules, scheduleGroups }: Backing): Service {
  const read = ({ method, url, body }: AwsRequest) => readSchedulerRequest(method, url, body);
  return {
    name: 'scheduler',
    throttled: 'ThrottlingException',
    actionOf: (request) => (request.url.startsWith('/schedules') ? (read(request)?.action ?? null) : null),
    resourceOf: (request, region) => {
      const asked = read(request);
      const schedule = asked?.action === 'ListSchedules' ? '*/*' : `${asked?.group}/${asked?.name}`;
      return `arn:aws:scheduler:${region}:${LOCAL_ACCOUNT}:schedule/${schedule}`;
    },
    carryOut: (_action, request) => {
      const asked = read(request);
      if (asked === null) throw unknownOperation();
      return carryOutSchedule(asked, request.body, schedules, scheduleGroups, Date.now());
    },
    errorReply: (error) => {
      const reply = jsonReply('1.1', { Message: error.message }, error.status);
      return { ...reply, headers: { ...reply.headers, 'x-amzn-errortype': error.code } };
    },
  };
}

function logs(backing: Backing): Service {
  return {
    name: 'logs',
    throttled: 'ThrottlingException',
    actionOf: targetAction('Logs_20140328'),
    resourceOf: ({ body }, region) => {
      const group = textField(body, 'logGroupName');
      return group === '' ? '*' : `arn:aws:logs:${region}:${LOCAL_ACCOUNT}:log-group:${group}:*`;
    },
    carryOut: (action, { body }) => jsonReply('1.1', backing.logs.carryOut(action, body)),
    errorReply: (error) => jsonError('1.1', error.code, error),
  };
}

function queryAction(version: string): Service['actionOf'] {
  return ({ target, body }) => {
    const form = new URLSearchParams(target === '' ? body : '');
    return form.get('Version') === version ? form.get('Action') : null;
  };
}

function targetAction(prefix: string): Service['actionOf'] {
  return ({ target }) => (target.startsWith(`${prefix}.`) ? target.slice(prefix.length + 1) : null);
}

function jsonError(version: '1.0' | '1.1', shape: string, { message, status }: ServiceError): Reply {
  return jsonReply(version, { __type: shape, message }, status);
}

function unknownOperation(): ServiceError {
  return new ServiceError('UnknownOperationException', 'this endpoint does not know the operation');
}
