import {
  BadRequestError,
  CircuitOpenError,
  OverloadedError,
  ProxyException,
  RateLimitError,
  ShutdownError,
  UnauthorizedError,
  UpstreamError,
} from '#errors';
import type { ErrorFormatName } from '../errors/error-format.js';
import { ERROR_FORMATS } from '../errors/error-format.js';
import type { Headers, OperationDocs, ResponseObject } from '../routes/operation-docs.js';
import {
  ERROR_SCHEMAS,
  errorResponse,
  KEY_WANTED,
  RATE_LIMIT_HEADERS,
  RETRY_AFTER,
  sharedResponse,
} from '../routes/operation-docs.js';
import type { RouteInfo } from '../routes/route-table.js';

interface Refusal {
  readonly name: string;
  readonly description: string;
  readonly causes: readonly Error[];
  readonly headers?: Headers;
}

/** Responses of the edge in front of the routes; without a body for HEAD. */
const EDGE_REFUSALS: readonly Refusal[] = [
  {
    name: 'KeyRefused',
    description:
      'The API key is missing or invalid (PROXY_API_KEYS); with UPSTREAM_AUTH=client also: the upstream refused the key.',
    causes: [
      new UnauthorizedError(),
      new UpstreamError('Incorrect API key provided', { status: 401, upstreamStatus: 401 }),
    ],
    headers: KEY_WANTED,
  },
  {
    name: 'TooMany',
    description: 'A rate limit of this service or of the upstream is reached, or the client sent too many wrong keys.',
    causes: [
      new RateLimitError('rate limit reached: 60 requests in a window; please try again in 12 s', 'requests', 12_000),
      new RateLimitError('too many requests with a wrong key, please try again later', 'failures', 30_000),
      new UpstreamError('Rate limit reached', { status: 429, upstreamStatus: 429 }),
    ],
    headers: { ...RETRY_AFTER, ...RATE_LIMIT_HEADERS },
  },
  {
    name: 'Unavailable',
    description:
      'The service is overloaded or shutting down, the queue of the upstream is full, or its circuit breaker is open.',
    causes: [
      new OverloadedError(),
      new CircuitOpenError(10_000),
      new ProxyException('rate limits cannot be checked at the moment, please try again', 503),
      new ShutdownError(),
    ],
    headers: RETRY_AFTER,
  },
];

const OTHER_REFUSALS: readonly Refusal[] = [
  {
    name: 'TooLarge',
    description: 'The body is larger than REQUEST_MAX_SIZE.',
    causes: [new BadRequestError('request body too large: the limit is 10485760 bytes (REQUEST_MAX_SIZE)', 413)],
  },
  {
    name: 'Internal',
    description: 'A failure of this service, or an error of the upstream in its own words.',
    causes: [new ProxyException('internal error', 500)],
  },
  {
    name: 'BadGateway',
    description: 'The upstream cannot be reached, closed the connection, sent no valid response, or refused our key.',
    causes: [new UpstreamError('upstream error: the connection was refused', { status: 502 })],
  },
  {
    name: 'Timeout',
    description: 'The upstream took too long.',
    causes: [new UpstreamError('upstream error: no answer within 300 s', { status: 504 })],
  },
];

const FORMATS = Object.keys(ERROR_SCHEMAS) as ErrorFormatName[];

function inEachFormat({ name, description, causes, headers }: Refusal): [string, ResponseObject][] {
  return FORMATS.map((format) => [
    `${ERROR_SCHEMAS[format].prefix}${name}`,
    errorResponse(format, description, causes, headers),
  ]);
}

/** The shared responses of the document, by name. */
export const SHARED_RESPONSES: Readonly<Record<string, ResponseObject>> = {
  OriginRefused: {
    description:
      'The origin of the web page is not allowed (OLLAMA_ORIGINS), or the Host header is not allowed for a server on loopback. No body.',
  },
  ...Object.fromEntries(
    EDGE_REFUSALS.map(({ name, description, headers = {} }) => [
      name,
      { description: `${description} No body.`, headers },
    ]),
  ),
  ...Object.fromEntries([...EDGE_REFUSALS, ...OTHER_REFUSALS].flatMap(inEachFormat)),
};

/** Adds the responses of the edge that a route is behind; the route's own responses win. */
export function withEdgeRefusals(method: string, route: RouteInfo, docs: OperationDocs): OperationDocs {
  const format = FORMATS.find((name) => ERROR_FORMATS[name] === route.errors) ?? 'ollama';
  const prefix = method === 'HEAD' ? '' : ERROR_SCHEMAS[format].prefix;
  return {
    ...docs,
    ...(!route.needsKey && { security: [] }),
    responses: {
      ...(route.needsKey && { 401: sharedResponse(`${prefix}KeyRefused`) }),
      ...(route.isLimited && { 429: sharedResponse(`${prefix}TooMany`) }),
      ...(!route.isOperational && { 503: sharedResponse(`${prefix}Unavailable`) }),
      ...docs.responses,
    },
  };
}
