import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** One request, read whole. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  /** Bytes as they came. */
  readonly raw: Buffer;
  readonly compressed: boolean;
  /** The text after decompression. */
  readonly body: string;
  /** `X-Amz-Target` for the JSON services; empty for the Query ones. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
}

/** What is answered. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A refusal that a service documents. `code` is the name that the SDK gives the error, or its Query form. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Reads a request to its end. */
export async function readRequest(request: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const compressed = request.headers['content-encoding'] === 'gzip';
  return {
    method: request.method ?? '',
    url: request.url ?? '/',
    raw,
    compressed,
    body: (compressed ? gunzipSync(raw) : raw).toString('utf8'),
    target: String(request.headers['x-amz-target'] ?? ''),
    headers: request.headers,
  };
}

/** A JSON object, or the error that AWS answers to anything else. */
export function parseObject(text: string): Record<string, unknown> {
  const value = tryParse(text);
  if (isObject(value)) return value;
  throw new ServiceError('SerializationException', 'the body is not a JSON object');
}

/** The JSON value of a text; undefined when it is not JSON. */
export function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A text field of a JSON body, to name what a request is about; empty when there is none. */
export function textField(body: string, name: string): string {
  const parsed = tryParse(body);
  const value = isObject(parsed) ? parsed[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** True for a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A reply of AWS JSON 1.0 or 1.1. */
export function jsonReply(version: '1.0' | '1.1', value: unknown, status = 200): Reply {
  return {
    status,
    headers: { 'content-type': `application/x-amz-json-${version}` },
    body: JSON.stringify(value),
  };
}

/** A reply in XML, as the Query services answer. */
export function xmlReply(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

/** Text for an XML element: escaped, and without the characters that XML cannot hold. */
export function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
