import type { ServerResponse } from 'node:http';
import type { FaultKind } from './faults.ts';
import type { Service } from './services.ts';
import { type AwsRequest, type Reply, ServiceError, textField } from './wire.ts';

/** What the wire does next: answer, cut the connection, nothing at all, or the headers and a body that never ends. */
export type WireAction = Reply | 'cut' | 'silence' | 'stall' | 'drip';

/** What a proxy in between may answer in a service's place. */
const LIE: Reply = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<p>Sign in to continue</p>',
};

/** What a service answers to a request, or what the fault makes of it; with the word for it in the record of calls. */
export async function play(
  fault: FaultKind | null,
  service: Service,
  action: string,
  request: AwsRequest,
): Promise<{ outcome: string; reply: WireAction }> {
  if (fault === 'hang') return { outcome: fault, reply: 'silence' };
  if (fault === 'reset') return { outcome: fault, reply: 'cut' };
  try {
    if (fault === 'deny')
      throw new ServiceError(
        service.denied ?? 'AccessDeniedException',
        `not authorized to perform: ${service.name}:${action}`,
      );
    if (fault === 'throttle') throw new ServiceError(service.throttled, 'Rate exceeded');
    if (fault === 'server-error') throw new ServiceError('InternalServiceError', 'We are sorry', 500);
    if (scopeOf(request)?.service !== (service.signedAs ?? service.name)) {
      throw new ServiceError('MissingAuthenticationToken', 'the request is not signed for this service', 403);
    }
    const reply = await service.carryOut(action, request);
    if (fault === 'lose-reply') return { outcome: fault, reply: 'cut' };
    if (fault === 'stall' || fault === 'drip') return { outcome: fault, reply: fault };
    if (fault === 'lie') return { outcome: fault, reply: LIE };
    return { outcome: reply.status === 200 ? 'ok' : errorCode(reply), reply };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { outcome: error.code, reply: service.errorReply(error) };
  }
}

/** Region and service that a request was signed for. The signature itself is not verified. */
export function scopeOf({ headers }: AwsRequest): { region: string; service: string } | null {
  const [, region, service] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  return region === undefined || service === undefined ? null : { region, service };
}

/** The error that DynamoDB answered, without its namespace. */
function errorCode({ body, status }: Reply): string {
  return textField(body, '__type').split('#').at(-1) || String(status);
}

/** Does it to a response. */
export function answer(response: ServerResponse, outcome: WireAction): void {
  if (outcome === 'silence') return;
  if (outcome === 'cut') {
    response.destroy();
    return;
  }
  if (outcome === 'stall' || outcome === 'drip') {
    response.writeHead(200).flushHeaders();
    if (outcome === 'drip') {
      const dripping = setInterval(() => response.write(' '), 500);
      response.once('close', () => clearInterval(dripping));
    }
    return;
  }
  response.writeHead(outcome.status, outcome.headers).end(outcome.body);
}
