import type { OpenAPIObject } from '@nestjs/swagger';
import { ProxyException } from '#errors';
import type { ErrorFormatName } from '../errors/error-format.js';
import { ERROR_FORMATS, toErrorResponse } from '../errors/error-format.js';

/*
 * Building blocks for the operations of the OpenAPI document. Loaded with the document only, never at start. Schemas
 * are referenced by name.
 */

type PathItem = OpenAPIObject['paths'][string];
/** An operation of the OpenAPI document. */
export type OperationDocs = NonNullable<PathItem['get']> & {
  /** For whom the operation is: one sentence. */
  readonly audience: string;
};
export type Parameter = NonNullable<OperationDocs['parameters']>[number];
export type Responses = OperationDocs['responses'];
export type ResponseDocs = NonNullable<Responses[string]>;
export type ResponseObject = Exclude<ResponseDocs, { $ref: string }>;
export type Headers = NonNullable<ResponseObject['headers']>;

/** Examples by name: summary and value. */
type Examples = Record<string, readonly [summary: string, value: unknown]>;

export function refTo(schema: string): { $ref: string } {
  return { $ref: `#/components/schemas/${schema}` };
}

function toExamples(examples: Examples): Record<string, { summary: string; value: unknown }> {
  return Object.fromEntries(Object.entries(examples).map(([name, [summary, value]]) => [name, { summary, value }]));
}

export function body(schema: string, examples: Examples): Pick<OperationDocs, 'requestBody'> {
  return {
    requestBody: {
      required: true,
      content: { 'application/json': { schema: refTo(schema), examples: toExamples(examples) } },
    },
  };
}

export function json(description: string, schema: string, examples: Examples): ResponseDocs {
  return { description, content: { 'application/json': { schema: refTo(schema), examples: toExamples(examples) } } };
}

/** A response that is one object or a stream; the schema of a stream is that of one line or event. */
export function jsonOrStream(
  description: string,
  type: 'application/x-ndjson' | 'text/event-stream',
  schema: string,
  { whole, stream }: { readonly whole: Examples; readonly stream: Examples },
): ResponseDocs {
  return {
    description,
    content: {
      'application/json': { schema: refTo(schema), examples: toExamples(whole) },
      [type]: { schema: refTo(schema), examples: toExamples(stream) },
    },
  };
}

export function text(description: string, example: string): ResponseDocs {
  return { description, content: { 'text/plain': { schema: { type: 'string' }, example } } };
}

function errors(
  description: string,
  schema: string,
  messages: string[],
  toBody: (message: string) => object,
): ResponseDocs {
  const examples = Object.fromEntries(
    messages.map((message, at) => [`error${at + 1}`, { summary: message, value: toBody(message) }]),
  );
  return {
    description,
    content: { 'application/json': { schema: refTo(schema), examples } },
  };
}

/** Errors in the format of the Ollama API, one example for each message. */
export function ollamaErrors(description: string, ...messages: string[]): ResponseDocs {
  return errors(description, 'OllamaError', messages, (error) => ({ error }));
}

/** Errors in the format of the OpenAI API. */
export function openAiErrors(description: string, type: string, ...messages: string[]): ResponseDocs {
  return errors(description, 'OpenAiError', messages, (message) => ({
    error: { message, type, param: null, code: null },
  }));
}

/** Errors in the format of the Messages API. */
export function anthropicErrors(description: string, type: string, ...messages: string[]): ResponseDocs {
  return errors(description, 'AnthropicError', messages, (message) => ({ type: 'error', error: { type, message } }));
}

/** Prefix of the shared responses and schema of each error format. */
export const ERROR_SCHEMAS = {
  ollama: { prefix: 'Ollama', schema: 'OllamaError' },
  openai: { prefix: 'OpenAi', schema: 'OpenAiError' },
  anthropic: { prefix: 'Anthropic', schema: 'AnthropicError' },
} as const satisfies Record<ErrorFormatName, object>;

/** Errors as the service itself writes them, one example for each cause. */
export function errorResponse(
  format: ErrorFormatName,
  description: string,
  causes: readonly Error[],
  headers: Headers = {},
): ResponseObject {
  const examples = causes.map((cause, at): [string, { summary: string; value: unknown }] => [
    `error${at + 1}`,
    { summary: cause.message, value: JSON.parse(toErrorResponse(ERROR_FORMATS[format], cause).body) as unknown },
  ]);
  const schema = refTo(ERROR_SCHEMAS[format].schema);
  return {
    description,
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { 'application/json': { schema, examples: Object.fromEntries(examples) } },
  };
}

export const sharedResponse = (name: string): ResponseDocs => ({ $ref: `#/components/responses/${name}` });

/** Errors of every route. */
export const ANY_REQUEST: Responses = { 403: sharedResponse('OriginRefused') };

/** Errors of routes that need the model lists of the upstreams. */
const listErrors = (format: ErrorFormatName): Responses => {
  const { prefix } = ERROR_SCHEMAS[format];
  return {
    ...ANY_REQUEST,
    500: sharedResponse(`${prefix}Internal`),
    502: sharedResponse(`${prefix}BadGateway`),
    504: sharedResponse(`${prefix}Timeout`),
  };
};

/** Errors of routes that call an upstream. */
const callErrors = (format: ErrorFormatName): Responses => ({
  ...listErrors(format),
  413: sharedResponse(`${ERROR_SCHEMAS[format].prefix}TooLarge`),
});

export const OLLAMA_LISTS = listErrors('ollama');
export const OLLAMA_CALL = callErrors('ollama');
export const OPENAI_LISTS = listErrors('openai');
export const OPENAI_CALL = callErrors('openai');
export const ANTHROPIC_CALL = callErrors('anthropic');

const header = (name: string): { $ref: string } => ({ $ref: `#/components/headers/${name}` });
export const RETRY_AFTER: Headers = { 'Retry-After': header('RetryAfter') };
export const KEY_WANTED: Headers = { 'WWW-Authenticate': header('KeyWanted') };
export const RATE_LIMIT_HEADERS: Headers = Object.fromEntries(
  ['Limit', 'Remaining', 'Reset'].flatMap((part) =>
    ['requests', 'tokens'].map((kind) => [`x-ratelimit-${part.toLowerCase()}-${kind}`, header(`RateLimit${part}`)]),
  ),
);

/** For routes that forward unread bodies: also refused for keys that are restricted to certain models. */
export const KEY_RESTRICTED = errorResponse(
  'openai',
  'The origin or host is not allowed (no body), or the API key is restricted to certain models.',
  [new ProxyException('this API key is restricted to certain models and cannot be used on this route', 403)],
);
