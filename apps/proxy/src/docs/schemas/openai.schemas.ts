import { ApiSchema } from '@nestjs/swagger';
import { Always, Maybe } from './field.js';

const MODEL = 'Id of a model of the backend, or a name that `GET /api/tags` or the mapping file gives it.';
const MORE = 'Fields beside these are passed to the backend as they are.';

@ApiSchema({ description: 'What went wrong.' })
export class OpenAiErrorBody {
  @Always.text('What went wrong, for people.')
  message!: string;

  @Maybe.either(
    [{ type: 'string' }, { type: 'null' }],
    'Kind of failure: `invalid_request_error`, `not_found_error` or `api_error`; a backend may have more.',
  )
  type?: string | null;

  @Maybe.either([{ type: 'string' }, { type: 'null' }], 'The field at fault, where the backend tells.')
  param?: string | null;

  @Maybe.either(
    [{ type: 'string' }, { type: 'integer' }, { type: 'null' }],
    'Code of the failure, where the backend tells.',
  )
  code?: string | number | null;
}

@ApiSchema({
  description:
    'A failure in the form of the OpenAI API. A backend’s own error object passes unchanged. After the first byte of a stream it is the last event, and no `[DONE]` follows.',
})
export class OpenAiError {
  @Always.one(() => OpenAiErrorBody, 'What went wrong.')
  error!: OpenAiErrorBody;
}

@ApiSchema({ description: 'What went wrong.' })
export class AnthropicErrorBody {
  @Always.text(
    'Kind of failure, such as `invalid_request_error`, `authentication_error`, `not_found_error`, `rate_limit_error`, `overloaded_error` or `api_error`.',
  )
  type!: string;

  @Always.text('What went wrong, for people.')
  message!: string;
}

@ApiSchema({
  description:
    'A failure in the form of the Messages API. One that the backend words in it passes unchanged. After the first byte of a stream it is the data of a last event `error`, and no `message_stop` follows.',
})
export class AnthropicError {
  @Always.text('Always `error`.', { enum: ['error'] })
  type!: string;

  @Always.one(() => AnthropicErrorBody, 'What went wrong.')
  error!: AnthropicErrorBody;
}

@ApiSchema({ description: 'A model as its backend lists it; more fields are the backend’s own.' })
export class OpenAiModel {
  @Always.text('Id to send in `model`.')
  id!: string;

  @Always.text('Always `model`.')
  object!: string;

  @Maybe.integer('When the model was made, in seconds since 1970; 0 when it is not known.')
  created?: number;

  @Maybe.text('Who made it, as the backend tells.')
  owned_by?: string;
}

@ApiSchema({ description: 'Answer of `GET /v1/models`.' })
export class OpenAiModelList {
  @Always.text('Always `list`.', { enum: ['list'] })
  object!: string;

  @Always.list(() => OpenAiModel, 'All models of all backends.')
  data!: OpenAiModel[];
}

@ApiSchema({ description: 'One turn of a conversation.' })
export class ChatCompletionMessage {
  @Always.text('Who speaks: `system`, `developer`, `user`, `assistant` or `tool`.')
  role!: string;

  @Maybe.either(
    [{ type: 'string' }, { type: 'array', items: { type: 'object', additionalProperties: true } }, { type: 'null' }],
    'The text, or a list of parts (text, pictures, sound).',
  )
  content?: string | object[] | null;

  @Maybe.listOf({ type: 'object', additionalProperties: true }, 'Calls that the model asked for.')
  tool_calls?: object[];

  @Maybe.text('Of a `tool` message: the call whose result this is.')
  tool_call_id?: string;
}

@ApiSchema({ description: `Request of \`POST /v1/chat/completions\`. ${MORE}` })
export class ChatCompletionRequest {
  @Always.text(MODEL, { examples: ['sim-chat'] })
  model!: string;

  @Always.list(() => ChatCompletionMessage, 'The conversation so far, oldest first.')
  messages!: ChatCompletionMessage[];

  @Maybe.flag('true answers with server-sent events while the text comes into being.', { default: false })
  stream?: boolean;

  @Maybe.object('With `{"include_usage": true}` the last event of a stream counts the tokens.')
  stream_options?: Record<string, unknown>;

  @Maybe.number('Randomness of the choice of tokens.', { minimum: 0, maximum: 2, default: 1 })
  temperature?: number;

  @Maybe.number('Keep the likeliest tokens whose probabilities add up to this.', { minimum: 0, maximum: 1, default: 1 })
  top_p?: number;

  @Maybe.integer('Most tokens to generate.', { minimum: 1 })
  max_tokens?: number;

  @Maybe.either(
    [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    'One or several texts that end the answer.',
  )
  stop?: string | string[];

  @Maybe.integer('Start of the random sequence, for answers that can be repeated.')
  seed?: number;

  @Maybe.listOf({ type: 'object', additionalProperties: true }, 'Functions that the model may call.')
  tools?: object[];

  @Maybe.either(
    [{ type: 'string' }, { type: 'object', additionalProperties: true }],
    'Whether the model may, must or must not call a function, or which one.',
  )
  tool_choice?: string | object;

  @Maybe.object('The form of the answer: any JSON object, or a JSON Schema.')
  response_format?: Record<string, unknown>;
}

@ApiSchema({ description: 'Counts of tokens.' })
export class Usage {
  @Always.integer('Tokens of the prompt.', { minimum: 0 })
  prompt_tokens!: number;

  @Maybe.integer('Tokens of the answer.', { minimum: 0 })
  completion_tokens?: number;

  @Always.integer('Both together.', { minimum: 0 })
  total_tokens!: number;
}

@ApiSchema({ description: 'One answer among those that were asked for.' })
export class ChatCompletionChoice {
  @Always.integer('Its number, from 0.', { minimum: 0 })
  index!: number;

  @Maybe.one(() => ChatCompletionMessage, 'The answer; of a whole answer only.')
  message?: ChatCompletionMessage;

  @Maybe.object('What is new since the last event; of a stream only.')
  delta?: Record<string, unknown>;

  @Maybe.either(
    [{ type: 'string' }, { type: 'null' }],
    'Why the answer ended: `stop`, `length`, `tool_calls`, `content_filter`; null while it goes on.',
  )
  finish_reason?: string | null;
}

@ApiSchema({
  description:
    'The whole answer of `POST /v1/chat/completions`, or the data of one of its events. It is the backend’s, byte for byte; more fields are its own.',
})
export class ChatCompletion {
  @Maybe.text('Id of the answer.')
  id?: string;

  @Maybe.text('`chat.completion`, or `chat.completion.chunk` for an event.')
  object?: string;

  @Maybe.integer('When it was made, in seconds since 1970.')
  created?: number;

  @Maybe.text('The model, as the backend calls it.')
  model?: string;

  @Always.list(() => ChatCompletionChoice, 'The answers; empty in an event that only counts.')
  choices!: ChatCompletionChoice[];

  @Maybe.either([{ $ref: '#/components/schemas/Usage' }, { type: 'null' }], 'Counts of tokens.')
  usage?: Usage | null;
}

@ApiSchema({ description: `Request of \`POST /v1/completions\`. ${MORE}` })
export class CompletionRequest {
  @Always.text(MODEL, { examples: ['sim-chat'] })
  model!: string;

  @Always.either([{ type: 'string' }, { type: 'array', items: { type: 'string' } }], 'What the model goes on from.')
  prompt!: string | string[];

  @Maybe.text('What comes after the text to be generated, where the backend can fill in the middle.')
  suffix?: string;

  @Maybe.flag('true answers with server-sent events while the text comes into being.', { default: false })
  stream?: boolean;

  @Maybe.integer('Most tokens to generate.', { minimum: 0 })
  max_tokens?: number;
}

@ApiSchema({ description: 'One text among those that were asked for.' })
export class CompletionChoice {
  @Always.integer('Its number, from 0.', { minimum: 0 })
  index!: number;

  @Always.text('The text.')
  text!: string;

  @Maybe.either([{ type: 'string' }, { type: 'null' }], 'Why the text ended; null while it goes on.')
  finish_reason?: string | null;
}

@ApiSchema({
  description:
    'The whole answer of `POST /v1/completions`, or the data of one of its events. It is the backend’s, byte for byte; more fields are its own.',
})
export class Completion {
  @Maybe.text('Id of the answer.')
  id?: string;

  @Maybe.text('Always `text_completion`.')
  object?: string;

  @Maybe.integer('When it was made, in seconds since 1970.')
  created?: number;

  @Maybe.text('The model, as the backend calls it.')
  model?: string;

  @Always.list(() => CompletionChoice, 'The texts; empty in an event that only counts.')
  choices!: CompletionChoice[];

  @Maybe.either([{ $ref: '#/components/schemas/Usage' }, { type: 'null' }], 'Counts of tokens.')
  usage?: Usage | null;
}

@ApiSchema({ description: `Request of \`POST /v1/embeddings\`. ${MORE}` })
export class EmbeddingRequest {
  @Always.text(MODEL, { examples: ['sim-embed'] })
  model!: string;

  @Always.either(
    [{ type: 'string' }, { type: 'array', items: {} }],
    'A text, a list of texts, or token ids where the backend takes them.',
  )
  input!: unknown;

  @Maybe.text('Form of the vectors.', { enum: ['float', 'base64'], default: 'float' })
  encoding_format?: string;

  @Maybe.integer('Length of the vectors, where the model has several.', { minimum: 1 })
  dimensions?: number;
}

@ApiSchema({ description: 'One vector.' })
export class Embedding {
  @Always.text('Always `embedding`.')
  object!: string;

  @Always.integer('Number of the text, from 0.', { minimum: 0 })
  index!: number;

  @Always.either(
    [
      { type: 'array', items: { type: 'number' } },
      { type: 'string', contentEncoding: 'base64' },
    ],
    'The vector: numbers, or base64 of little-endian 32-bit floats.',
  )
  embedding!: number[] | string;
}

@ApiSchema({ description: 'Answer of `POST /v1/embeddings`, as the backend gives it.' })
export class EmbeddingList {
  @Always.text('Always `list`.')
  object!: string;

  @Always.list(() => Embedding, 'One vector for each text.')
  data!: Embedding[];

  @Maybe.text('The model, as the backend calls it.')
  model?: string;

  @Maybe.one(() => Usage, 'Counts of tokens.')
  usage?: Usage;
}

@ApiSchema({ description: `Request of \`POST /v1/responses\`. ${MORE}` })
export class ResponsesRequest {
  @Always.text(MODEL, { examples: ['sim-chat'] })
  model!: string;

  @Always.either(
    [{ type: 'string' }, { type: 'array', items: { type: 'object', additionalProperties: true } }],
    'A text, or a list of items.',
  )
  input!: string | object[];

  @Maybe.flag('true answers with server-sent events.', { default: false })
  stream?: boolean;
}

@ApiSchema({ description: `Request of \`POST /v1/messages\`. ${MORE}` })
export class MessagesRequest {
  @Always.text(MODEL, { examples: ['sim-chat'] })
  model!: string;

  @Always.integer('Most tokens to generate.', { minimum: 1 })
  max_tokens!: number;

  @Always.listOf({ type: 'object', additionalProperties: true }, 'The conversation so far, oldest first.')
  messages!: object[];

  @Maybe.flag('true answers with server-sent events.', { default: false })
  stream?: boolean;
}

@ApiSchema({ description: 'A message whose tokens are estimated. Other fields of the API are counted as well.' })
export class CountTokensRequest {
  @Always.text(MODEL, { examples: ['sim-chat'] })
  model!: string;

  @Always.listOf({ type: 'object', additionalProperties: true }, 'The conversation so far, oldest first.')
  messages!: object[];
}

@ApiSchema({ description: 'An estimate of the tokens.' })
export class CountTokensResponse {
  @Always.integer('Estimated tokens of the prompt.', { minimum: 1 })
  input_tokens!: number;
}
