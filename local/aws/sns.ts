import { randomUUID } from 'node:crypto';
import type { SnsMessage } from './records.ts';
import { isObject, type Reply, ServiceError, tryParse, xmlReply, xmlText } from './wire.ts';

// Limits: SNS API reference, Publish, MessageAttributeValue; SNS developer guide, "Message attributes".
const MAX_MESSAGE_BYTES = 262_144;
const SUBJECT_UNDER = 100;
const TOPICS_ON_A_PAGE = 100;
const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

/**
 * The message of one Publish request to a topic.
 *
 * @throws {ServiceError} when it breaks a documented limit or names a topic that does not exist.
 */
export function publish(form: URLSearchParams, topics: ReadonlySet<string>, now: number): SnsMessage {
  const topicArn = form.get('TopicArn');
  if (topicArn === null) throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
  if (!/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(topicArn)) throw invalid('TopicArn');
  if (!topics.has(topicArn)) throw new ServiceError('NotFound', 'Topic does not exist', 404);

  const subject = form.get('Subject');
  if (subject !== null) checkSubject(subject);
  const message = form.get('Message') ?? '';
  if (message === '') throw invalid('Empty message');
  const attributes = readAttributes(form);
  const bytes = Buffer.byteLength(message) + attributeBytes(attributes);
  if (bytes > MAX_MESSAGE_BYTES) throw invalid(`Message too long: ${bytes} bytes`);

  return {
    messageId: randomUUID(),
    topicArn,
    subject,
    bodies: readBodies(message, form.get('MessageStructure')),
    attributes: Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
    at: now,
  };
}

/** The XML that answers a Publish. */
export function publishReply(message: SnsMessage): Reply {
  return xmlReply(
    200,
    `<PublishResponse xmlns="${NAMESPACE}"><PublishResult><MessageId>${message.messageId}</MessageId></PublishResult>` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></PublishResponse>`,
  );
}

/** One page of the account's topics, 100 at most (SNS API reference, ListTopics). */
export function listTopics(form: URLSearchParams, topics: ReadonlySet<string>): Reply {
  const start = Number(form.get('NextToken') ?? 0);
  if (!Number.isInteger(start) || start < 0 || start > topics.size) throw invalid('NextToken');
  const members = [...topics]
    .slice(start, start + TOPICS_ON_A_PAGE)
    .map((arn) => `<member><TopicArn>${arn}</TopicArn></member>`);
  const next = start + TOPICS_ON_A_PAGE;
  const token = next < topics.size ? `<NextToken>${next}</NextToken>` : '';
  return xmlReply(
    200,
    `<ListTopicsResponse xmlns="${NAMESPACE}"><ListTopicsResult><Topics>${members.join('')}</Topics>${token}</ListTopicsResult>` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></ListTopicsResponse>`,
  );
}

/** The XML of an error of a Query service. */
export function queryErrorReply(error: ServiceError, namespace = NAMESPACE): Reply {
  const type = error.status >= 500 ? 'Receiver' : 'Sender';
  return xmlReply(
    error.status,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${error.code}</Code>` +
      `<Message>${xmlText(error.message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}

/** UTF-8 text without line breaks or control characters, and less than 100 characters long. */
function checkSubject(subject: string): void {
  if (subject === '' || subject.length >= SUBJECT_UNDER || /\p{Cc}|[\u2028\u2029]/u.test(subject)) {
    throw invalid('Subject');
  }
}

function readBodies(message: string, structure: string | null): SnsMessage['bodies'] {
  if (structure === null) return { default: message };
  if (structure !== 'json') throw invalid('MessageStructure');
  const fields = tryParse(message);
  if (!isObject(fields)) throw invalid('Message Structure - JSON message body failed to parse');
  const { default: fallback } = fields;
  if (typeof fallback !== 'string') {
    throw invalid('Message Structure - No default entry in JSON message body');
  }
  const texts = Object.entries(fields).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { ...Object.fromEntries(texts), default: fallback };
}

interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

function readAttributes(form: URLSearchParams): Attribute[] {
  const attributes: Attribute[] = [];
  for (let index = 1; form.has(`MessageAttributes.entry.${index}.Name`); index += 1) {
    const entry = `MessageAttributes.entry.${index}`;
    const name = form.get(`${entry}.Name`) ?? '';
    const type = form.get(`${entry}.Value.DataType`) ?? '';
    const value = form.get(`${entry}.Value.StringValue`) ?? '';
    if (!/^(?!AWS\.|Amazon\.)[\w-]+(?:\.[\w-]+)*$/i.test(name) || name.length > 256) {
      throw invalidValue(`The message attribute name '${name}' is not allowed`);
    }
    if (attributes.some((other) => other.name === name)) throw invalidValue(`'${name}' is given twice`);
    if (!/^(?:String|String\.Array|Number)$/.test(type)) {
      throw invalidValue(`The message attribute '${name}' has an invalid message attribute type`);
    }
    if (value === '') throw invalidValue(`The message attribute '${name}' must contain a non-empty value`);
    if (type === 'Number' && !Number.isFinite(Number(value)))
      throw invalidValue(`'${name}' is not a valid number`);
    attributes.push({ name, type, value });
  }
  return attributes;
}

function attributeBytes(attributes: readonly Attribute[]): number {
  return attributes.reduce((sum, { name, type, value }) => sum + Buffer.byteLength(name + type + value), 0);
}

function invalid(what: string): ServiceError {
  return new ServiceError('InvalidParameter', `Invalid parameter: ${what}`);
}

function invalidValue(message: string): ServiceError {
  return new ServiceError('ParameterValueInvalid', message);
}
