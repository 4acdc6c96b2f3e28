import type { OpenAPIObject } from '@nestjs/swagger';
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
import type { ErrorFormat } from '../../errors/error-format.js';
import { ERROR_FORMATS, toErrorResponse } from '../../errors/error-format.js';
import { refTo } from '../schemas/field.js';
import { AnthropicError, OpenAiError } from '../schemas/openai.schemas.js';
import { OllamaError } from '../schemas/shared.schemas.js';

type PathItem = OpenAPIObject['paths'][string];
export type Operation = NonNullable<PathItem['get']>;
export type Parameter = NonNullable<Operation['parameters']>[number];
type Responses = Operation['responses'];
export type Answer = NonNullable<Responses[string]>;
type ResponseObject = Exclude<Answer, { $ref: string }>;
type Model = Parameters<typeof refTo>[0];

/** Operations by method and path, as in `POST /api/chat`; paths hold `{name}` for what varies. */
export type Operations = Readonly<Record<string, Operation>>;

/** Named examples: what they show, and the value. */
type Examples = Record<string, readonly [summary: string, value: unknown]>;

function toExamples(examples: Examples): Record<string, { summary: string; value: unknown }> {
  return Object.fromEntries(Object.entries(examples).map(([name, [summary, value]]) => [name, { summary, value }]));
}

export function body(model: Model, examples: Examples): Pick<Operation, 'requestBody'> {
  return {
    requestBody: {
      required: true,
      content: { 'application/json': { schema: refTo(model), examples: toExamples(examples) } },
    },
  };
}

export function json(description: string, model: Model, examples: Examples): Answer {
  return { description, content: { 'application/json': { schema: refTo(model), examples: toExamples(examples) } } };
}

/** An answer that is whole or a stream, as the request says; the schema of a stream is that of one line or event. */
export function jsonOrStream(
  description: string,
  type: 'application/x-ndjson' | 'text/event-stream',
  model: Model,
  whole: Examples,
  pieces: Examples,
): Answer {
  const schema = refTo(model);
  return {
    description,
    content: {
      'application/json': { schema, examples: toExamples(whole) },
      [type]: { schema, examples: toExamples(pieces) },
    },
  };
}

export function text(description: string, example: string): Answer {
  return { description, content: { 'text/plain': { schema: { type: 'string' }, example } } };
}

/** Refusals in the form of the Ollama API, one example a text. */
export function ollamaErrors(description: string, ...texts: string[]): Answer {
  return {
    description,
    content: {
      'application/json': {
        schema: refTo(OllamaError),
        examples: Object.fromEntries(
          texts.map((error, at) => [`error${at + 1}`, { summary: error, value: { error } }]),
        ),
      },
    },
  };
}

/** Refusals in the form of the OpenAI API. */
export function openAiErrors(description: string, type: string, ...texts: string[]): Answer {
  return {
    description,
    content: {
      'application/json': {
        schema: refTo(OpenAiError),
        examples: Object.fromEntries(
          texts.map((message, at) => [
            `error${at + 1}`,
            { summary: message, value: { error: { message, type, param: null, code: null } } },
          ]),
        ),
      },
    },
  };
}

/** Refusals in the form of the Messages API. */
export function anthropicErrors(description: string, type: string, ...texts: string[]): Answer {
  return {
    description,
    content: {
      'application/json': {
        schema: refTo(AnthropicError),
        examples: Object.fromEntries(
          texts.map((message, at) => [
            `error${at + 1}`,
            { summary: message, value: { type: 'error', error: { type, message } } },
          ]),
        ),
      },
    },
  };
}

const shared = (name: string): Answer => ({ $ref: `#/components/responses/${name}` });

/** What any request may meet. */
export const ANY_REQUEST: Responses = { 403: shared('OriginRefused') };

/** What a request that needs the lists of the backends may meet, in the form of its API; the doors come on top. */
const lists = (form: Form): Responses => ({
  ...ANY_REQUEST,
  500: shared(`${form}Internal`),
  502: shared(`${form}BadGateway`),
  504: shared(`${form}Timeout`),
});

/** What a request that a backend answers may meet. */
const call = (form: Form): Responses => ({ ...lists(form), 413: shared(`${form}TooLarge`) });

export const OLLAMA_LISTS = lists('Ollama');
export const OLLAMA_CALL = call('Ollama');
export const OPENAI_LISTS = lists('OpenAi');
export const OPENAI_CALL = call('OpenAi');
export const ANTHROPIC_CALL = call('Anthropic');

/** The server's own rule of which paths are open, as it is without settings. */
const OPERATIONAL = /^\/(health|readyz?|livez|metrics|v1\/metrics(\/summary)?)$/;

/**
 * What stands in front of an operation whatever it does: keys, limits and the guard against overload. Every operation
 * tells of those that are before it, in the form of its API; one that answers with such a status itself tells of both.
 */
export function behindDoors(route: string, operation: Operation): Operation {
  const [method, path = ''] = route.split(' ');
  const form = method === 'HEAD' ? '' : formOf(path);
  const isOperational = OPERATIONAL.test(path);
  const isOpen = isOperational || path === '/' || path === '/api/version';
  return {
    ...operation,
    ...(isOpen && { security: [] }),
    responses: {
      ...(!isOpen && { 401: shared(`${form}KeyRefused`) }),
      ...(!isOperational && path !== '/' && { 429: shared(`${form}TooMany`) }),
      ...(!isOperational && { 503: shared(`${form}Unavailable`) }),
      ...operation.responses,
    },
  };
}

type Form = 'Ollama' | 'OpenAi' | 'Anthropic';

function formOf(path: string): Form {
  if (path === '/v1/messages') return 'Anthropic';
  return path.startsWith('/v1/') ? 'OpenAi' : 'Ollama';
}

/** The error format of each API and its schema. */
const FORMS: Readonly<Record<Form, readonly [format: ErrorFormat, model: Model]>> = {
  Ollama: [ERROR_FORMATS.ollama, OllamaError],
  OpenAi: [ERROR_FORMATS.openai, OpenAiError],
  Anthropic: [ERROR_FORMATS.anthropic, AnthropicError],
};

type Headers = NonNullable<ResponseObject['headers']>;

/** Failures as the server itself words them, one example each. */
function failures(form: Form, description: string, causes: readonly Error[], headers: Headers = {}): ResponseObject {
  const [format, model] = FORMS[form];
  const examples = causes.map((cause, at): [string, { summary: string; value: unknown }] => [
    `error${at + 1}`,
    { summary: cause.message, value: JSON.parse(toErrorResponse(format, cause).body) as unknown },
  ]);
  return {
    description,
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { 'application/json': { schema: refTo(model), examples: Object.fromEntries(examples) } },
  };
}

/** The same in the form of each API. */
function inEachForm(
  name: string,
  description: string,
  causes: readonly Error[],
  headers?: Headers,
): Record<string, ResponseObject> {
  return Object.fromEntries(
    (Object.keys(FORMS) as Form[]).map((form) => [`${form}${name}`, failures(form, description, causes, headers)]),
  );
}

const header = (name: string): { $ref: string } => ({ $ref: `#/components/headers/${name}` });
export const RETRY_AFTER: Headers = { 'Retry-After': header('RetryAfter') };
export const KEY_WANTED: Headers = { 'WWW-Authenticate': header('KeyWanted') };
const LIMITS: Headers = Object.fromEntries(
  ['limit', 'remaining', 'reset'].flatMap((what) =>
    ['requests', 'tokens'].map((kind) => [`x-ratelimit-${what}-${kind}`, header(`RateLimit${capital(what)}`)]),
  ),
);

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Of the doors: what is told, examples, headers. Also without a body, for HEAD. */
const DOORS: readonly (readonly [string, string, readonly Error[], Headers])[] = [
  [
    'KeyRefused',
    'No key, or none that counts, where PROXY_API_KEYS asks for one; with UPSTREAM_AUTH=client also a key that the backend refused.',
    [new UnauthorizedError(), new UpstreamError('Incorrect API key provided', { status: 401, upstreamStatus: 401 })],
    KEY_WANTED,
  ],
  [
    'TooMany',
    'More than the caller may ask for, of this service or of the backend; or too many wrong keys from its address.',
    [
      new RateLimitError('rate limit reached: 60 requests in a window; please try again in 12 s', 'requests', 12_000),
      new RateLimitError('too many requests with a wrong key, please try again later', 'failures', 30_000),
      new UpstreamError('Rate limit reached', { status: 429, upstreamStatus: 429 }),
    ],
    { ...RETRY_AFTER, ...LIMITS },
  ],
  [
    'Unavailable',
    'This service cannot keep up, too many calls are queued, the circuit of the upstream is open, or the process is shutting down.',
    [
      new OverloadedError(),
      new CircuitOpenError(10_000),
      new ProxyException('rate limits cannot be checked at the moment, please try again', 503),
      new ShutdownError(),
    ],
    RETRY_AFTER,
  ],
];

/** The answers behind the references above. */
export const SHARED_RESPONSES: Record<string, ResponseObject> = {
  OriginRefused: {
    description:
      'The page that calls is of an origin that may not (OLLAMA_ORIGINS), or the Host header is of a name that may not lead to a server on loopback. No body.',
  },
  ...Object.fromEntries(
    DOORS.map(([name, description, , headers]) => [name, { description: `${description} No body.`, headers }]),
  ),
  ...Object.fromEntries(DOORS.flatMap((door) => Object.entries(inEachForm(...door)))),
  ...inEachForm('TooLarge', 'The body is larger than REQUEST_MAX_SIZE.', [
    new BadRequestError('request body too large: the limit is 10485760 bytes (REQUEST_MAX_SIZE)', 413),
  ]),
  ...inEachForm('Internal', 'A failure of this service, or of the backend in its own words.', [
    new ProxyException('internal error', 500),
  ]),
  ...inEachForm(
    'BadGateway',
    'The backend cannot be reached, broke off, answered with something else, or refused the key of this service.',
    [new UpstreamError('upstream error: the connection was refused', { status: 502 })],
  ),
  ...inEachForm('Timeout', 'The backend took too long.', [
    new UpstreamError('upstream error: no answer within 300 s', { status: 504 }),
  ]),
};

/** For routes whose bodies are not read: a key that is for certain models. */
export const KEY_RESTRICTED = failures(
  'OpenAi',
  'As everywhere, then without a body; or the key is for certain models.',
  [new ProxyException('this API key is restricted to certain models and cannot be used on this route', 403)],
);
