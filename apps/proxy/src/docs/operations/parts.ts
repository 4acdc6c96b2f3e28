import type { OpenAPIObject } from '@nestjs/swagger';
import { refTo } from '../schemas/field.js';
import { OpenAiError } from '../schemas/openai.schemas.js';
import { OllamaError } from '../schemas/shared.schemas.js';

type PathItem = OpenAPIObject['paths'][string];
export type Operation = NonNullable<PathItem['get']>;
export type Parameter = NonNullable<Operation['parameters']>[number];
type Responses = Operation['responses'];
export type Answer = NonNullable<Responses[string]>;
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

const shared = (name: string): Answer => ({ $ref: `#/components/responses/${name}` });

/** What any request may meet. */
export const ANY_REQUEST: Responses = { 403: shared('OriginRefused') };

/** What a request that needs the lists of the backends may meet, on the Ollama API. */
export const OLLAMA_LISTS: Responses = {
  ...ANY_REQUEST,
  500: shared('OllamaInternal'),
  502: shared('OllamaBadGateway'),
  503: shared('OllamaUnavailable'),
  504: shared('OllamaTimeout'),
};

/** What a request that a backend answers may meet, on the Ollama API. */
export const OLLAMA_CALL: Responses = {
  ...OLLAMA_LISTS,
  401: shared('OllamaKeyRefused'),
  413: shared('OllamaTooLarge'),
  429: shared('OllamaTooMany'),
};

export const OPENAI_LISTS: Responses = {
  ...ANY_REQUEST,
  500: shared('OpenAiInternal'),
  502: shared('OpenAiBadGateway'),
  503: shared('OpenAiUnavailable'),
  504: shared('OpenAiTimeout'),
};

export const OPENAI_CALL: Responses = {
  ...OPENAI_LISTS,
  401: shared('OpenAiKeyRefused'),
  413: shared('OpenAiTooLarge'),
  429: shared('OpenAiTooMany'),
};

const retryAfter = { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } };
const inBothForms = (name: string, description: string, type: string, message: string, headers = {}) => ({
  [`Ollama${name}`]: { ...(ollamaErrors(description, message) as object), headers },
  [`OpenAi${name}`]: { ...(openAiErrors(description, type, message) as object), headers },
});

/** The answers behind the references above. */
export const SHARED_RESPONSES = {
  OriginRefused: {
    description:
      'The page that calls is of an origin that may not (OLLAMA_ORIGINS), or the Host header is of a name that may not lead to a server on loopback. No body.',
  },
  ...inBothForms(
    'KeyRefused',
    'The backend refused the key that the client came with; with UPSTREAM_AUTH=client only.',
    'api_error',
    'Incorrect API key provided',
  ),
  ...inBothForms(
    'TooLarge',
    'The body is larger than REQUEST_MAX_SIZE.',
    'invalid_request_error',
    'request body too large: the limit is 10485760 bytes (REQUEST_MAX_SIZE)',
  ),
  ...inBothForms('TooMany', 'The backend asks for fewer calls.', 'api_error', 'Rate limit reached', retryAfter),
  ...inBothForms(
    'Internal',
    'A failure of this service, or of the backend in its own words.',
    'api_error',
    'internal error',
  ),
  ...inBothForms(
    'BadGateway',
    'The backend cannot be reached, broke off, answered with something else, or refused the key of this service.',
    'api_error',
    'upstream error: the connection was refused',
  ),
  ...inBothForms(
    'Unavailable',
    'The backend is overloaded, or too many calls wait for it.',
    'api_error',
    'server busy, please try again.  maximum pending requests exceeded',
    retryAfter,
  ),
  ...inBothForms('Timeout', 'The backend took too long.', 'api_error', 'upstream error: no answer within 300 s'),
};
