import type { JsonSchema, Kind } from '#contracts';
import { listOf, OBJECT, oneOf, optional, required, shape, STRING } from '#contracts';

/** Bodies below /v1 are passed on unread, so these shapes only describe them. */
const anyOf = (...schemas: JsonSchema[]): Kind<unknown> =>
  oneOf(
    schemas,
    (value) => value,
    () => undefined,
  );

const MODEL = 'Id of a model of the upstream, or a name that `GET /api/tags` or the mapping file gives it.';
const MORE = 'Fields beside these are passed to the upstream as they are.';

export const OpenAiErrorBody = shape('OpenAiErrorBody', 'What went wrong.', {
  message: required.text('What went wrong, for people.'),
  type: optional.of(
    anyOf({ type: 'string' }, { type: 'null' }),
    'Kind of failure: `invalid_request_error`, `not_found_error` or `api_error`; an upstream may have more.',
  ),
  param: optional.of(anyOf({ type: 'string' }, { type: 'null' }), 'The field at fault, where the upstream reports it.'),
  code: optional.of(
    anyOf({ type: 'string' }, { type: 'integer' }, { type: 'null' }),
    'Code of the failure, where the upstream reports it.',
  ),
});

export const OpenAiError = shape(
  'OpenAiError',
  'A failure in the form of the OpenAI API. An upstream’s own error object passes unchanged. After the first byte of a stream it is the last event, and no `[DONE]` follows.',
  {
    error: required.of(OpenAiErrorBody, 'What went wrong.'),
  },
);

export const AnthropicErrorBody = shape('AnthropicErrorBody', 'What went wrong.', {
  type: required.text(
    'Kind of failure, such as `invalid_request_error`, `authentication_error`, `not_found_error`, `rate_limit_error`, `overloaded_error` or `api_error`.',
  ),
  message: required.text('What went wrong, for people.'),
});

export const AnthropicError = shape(
  'AnthropicError',
  'A failure in the form of the Messages API. One that the upstream words in it passes unchanged. After the first byte of a stream it is the data of a last event `error`, and no `message_stop` follows.',
  {
    type: required.choice(['error'], 'Always `error`.'),
    error: required.of(AnthropicErrorBody, 'What went wrong.'),
  },
);

export const OpenAiModel = shape(
  'OpenAiModel',
  'A model as its upstream lists it; more fields are the upstream’s own.',
  {
    id: required.text('Id to send in `model`.'),
    object: required.text('Always `model`.'),
    created: optional.integer('When the model was made, in seconds since 1970; 0 when it is not known.'),
    owned_by: optional.text('Who made it, as the upstream reports.'),
  },
);

export const OpenAiModelList = shape('OpenAiModelList', 'Answer of `GET /v1/models`.', {
  object: required.choice(['list'], 'Always `list`.'),
  data: required.of(listOf(OpenAiModel), 'All models of all upstreams.'),
});

export const ChatCompletionMessage = shape('ChatCompletionMessage', 'One turn of a conversation.', {
  role: required.text('Who speaks: `system`, `developer`, `user`, `assistant` or `tool`.'),
  content: optional.of(
    anyOf(
      { type: 'string' },
      { type: 'array', items: { type: 'object', additionalProperties: true } },
      { type: 'null' },
    ),
    'The text, or a list of parts (text, pictures, sound).',
  ),
  tool_calls: optional.of(listOf(OBJECT), 'Calls that the model asked for.'),
  tool_call_id: optional.text('Of a `tool` message: the call whose result this is.'),
});

export const ChatCompletionRequest = shape(
  'ChatCompletionRequest',
  `Request of \`POST /v1/chat/completions\`. ${MORE}`,
  {
    model: required.text(MODEL, { examples: ['sim-chat'] }),
    messages: required.of(listOf(ChatCompletionMessage), 'The conversation so far, oldest first.'),
    stream: optional.flag('true answers with server-sent events while the text is generated.', { default: false }),
    stream_options: optional.object('With `{"include_usage": true}` the last event of a stream counts the tokens.'),
    temperature: optional.number('Randomness of the choice of tokens.', { minimum: 0, maximum: 2, default: 1 }),
    top_p: optional.number('Keep the likeliest tokens whose probabilities add up to this.', {
      minimum: 0,
      maximum: 1,
      default: 1,
    }),
    max_tokens: optional.integer('Most tokens to generate.', { minimum: 1 }),
    stop: optional.of(
      anyOf({ type: 'string' }, { type: 'array', items: { type: 'string' } }),
      'One or several texts that end the answer.',
    ),
    seed: optional.integer('Start of the random sequence, for answers that can be repeated.'),
    tools: optional.of(listOf(OBJECT), 'Functions that the model may call.'),
    tool_choice: optional.of(
      anyOf({ type: 'string' }, { type: 'object', additionalProperties: true }),
      'Whether the model may, must or must not call a function, or which one.',
    ),
    response_format: optional.object('The form of the answer: any JSON object, or a JSON Schema.'),
  },
);

export const Usage = shape('Usage', 'Counts of tokens.', {
  prompt_tokens: required.integer('Tokens of the prompt.', { minimum: 0 }),
  completion_tokens: optional.integer('Tokens of the answer.', { minimum: 0 }),
  total_tokens: required.integer('Both together.', { minimum: 0 }),
});

export const ChatCompletionChoice = shape('ChatCompletionChoice', 'One of the requested answers.', {
  index: required.integer('Its number, from 0.', { minimum: 0 }),
  message: optional.of(ChatCompletionMessage, 'The answer; of a whole answer only.'),
  delta: optional.object('What is new since the last event; of a stream only.'),
  finish_reason: optional.of(
    anyOf({ type: 'string' }, { type: 'null' }),
    'Why the answer ended: `stop`, `length`, `tool_calls`, `content_filter`; null while it goes on.',
  ),
});

export const ChatCompletion = shape(
  'ChatCompletion',
  'The whole answer of `POST /v1/chat/completions`, or the data of one of its events. It is the upstream’s, byte for byte; more fields are its own.',
  {
    id: optional.text('Id of the answer.'),
    object: optional.text('`chat.completion`, or `chat.completion.chunk` for an event.'),
    created: optional.integer('When it was made, in seconds since 1970.'),
    model: optional.text('The model, as the upstream calls it.'),
    choices: required.of(listOf(ChatCompletionChoice), 'The answers; empty in an event that only counts.'),
    usage: optional.of(anyOf({ $ref: '#/components/schemas/Usage' }, { type: 'null' }), 'Counts of tokens.'),
  },
);

export const CompletionRequest = shape('CompletionRequest', `Request of \`POST /v1/completions\`. ${MORE}`, {
  model: required.text(MODEL, { examples: ['sim-chat'] }),
  prompt: required.of(
    anyOf({ type: 'string' }, { type: 'array', items: { type: 'string' } }),
    'What the model goes on from.',
  ),
  suffix: optional.text('What comes after the text to be generated, where the upstream can fill in the middle.'),
  stream: optional.flag('true answers with server-sent events while the text is generated.', { default: false }),
  max_tokens: optional.integer('Most tokens to generate.', { minimum: 0 }),
});

export const CompletionChoice = shape('CompletionChoice', 'One of the requested texts.', {
  index: required.integer('Its number, from 0.', { minimum: 0 }),
  text: required.text('The text.'),
  finish_reason: optional.of(anyOf({ type: 'string' }, { type: 'null' }), 'Why the text ended; null while it goes on.'),
});

export const Completion = shape(
  'Completion',
  'The whole answer of `POST /v1/completions`, or the data of one of its events. It is the upstream’s, byte for byte; more fields are its own.',
  {
    id: optional.text('Id of the answer.'),
    object: optional.text('Always `text_completion`.'),
    created: optional.integer('When it was made, in seconds since 1970.'),
    model: optional.text('The model, as the upstream calls it.'),
    choices: required.of(listOf(CompletionChoice), 'The texts; empty in an event that only counts.'),
    usage: optional.of(anyOf({ $ref: '#/components/schemas/Usage' }, { type: 'null' }), 'Counts of tokens.'),
  },
);

export const EmbeddingRequest = shape('EmbeddingRequest', `Request of \`POST /v1/embeddings\`. ${MORE}`, {
  model: required.text(MODEL, { examples: ['sim-embed'] }),
  input: required.of(
    anyOf({ type: 'string' }, { type: 'array', items: {} }),
    'A text, a list of texts, or token ids where the upstream takes them.',
  ),
  encoding_format: optional.choice(['float', 'base64'], 'Form of the vectors.', { default: 'float' }),
  dimensions: optional.integer('Length of the vectors, where the model has several.', { minimum: 1 }),
});

export const Embedding = shape('Embedding', 'One vector.', {
  object: required.text('Always `embedding`.'),
  index: required.integer('Number of the text, from 0.', { minimum: 0 }),
  embedding: required.of(
    anyOf({ type: 'array', items: { type: 'number' } }, { type: 'string', contentEncoding: 'base64' }),
    'The vector: numbers, or base64 of little-endian 32-bit floats.',
  ),
});

export const EmbeddingList = shape('EmbeddingList', 'Answer of `POST /v1/embeddings`, as the upstream gives it.', {
  object: required.text('Always `list`.'),
  data: required.of(listOf(Embedding), 'One vector for each text.'),
  model: optional.text('The model, as the upstream calls it.'),
  usage: optional.of(Usage, 'Counts of tokens.'),
});

export const ResponsesRequest = shape(
  'ResponsesRequest',
  `Request of \`POST /v1/responses\`, its compaction and its count of tokens. ${MORE}`,
  {
    model: required.text(MODEL, { examples: ['sim-chat'] }),
    input: required.of(
      anyOf({ type: 'string' }, { type: 'array', items: { type: 'object', additionalProperties: true } }),
      'A text, or a list of items.',
    ),
    previous_response_id: optional.text('The response that this request continues; it has to be stored.'),
    store: optional.flag('false keeps the response from being stored.', { default: true }),
    stream: optional.flag('true answers with server-sent events.', { default: false }),
  },
);

export const SystemOneRequest = shape('SystemOneRequest', `Request of \`POST /v1/systemone\`. ${MORE}`, {
  model: required.text(MODEL, { examples: ['sim-decide'] }),
  state: required.of(anyOf({ type: 'string' }, { type: 'object' }, { type: 'array' }), 'What the questions are about.'),
  questions: required.of(OBJECT, 'Questions by name; the `type` of one is `choice`, `noul` or `score`.'),
  images: optional.of(listOf(STRING), 'Images in base64.'),
});

export const DecisionsRequest = shape('DecisionsRequest', `Request of \`POST /v1/decisions\`. ${MORE}`, {
  model: required.text(MODEL, { examples: ['sim-decide'] }),
  input: required.of(
    anyOf({ type: 'string' }, { type: 'array', items: { type: 'object', additionalProperties: true } }),
    'What the questions are about: a text, or a list of items.',
  ),
  questions: required.of(listOf(OBJECT), 'Questions; the `type` of one is `predicate`, `choice` or `score`.'),
});

export const MessagesRequest = shape('MessagesRequest', `Request of \`POST /v1/messages\`. ${MORE}`, {
  model: required.text(MODEL, { examples: ['sim-chat'] }),
  max_tokens: required.integer('Most tokens to generate.', { minimum: 1 }),
  messages: required.of(listOf(OBJECT), 'The conversation so far, oldest first.'),
  stream: optional.flag('true answers with server-sent events.', { default: false }),
});

export const CountTokensRequest = shape(
  'CountTokensRequest',
  'A message whose tokens are counted. Other fields of the API are counted as well.',
  {
    model: required.text(MODEL, { examples: ['sim-chat'] }),
    messages: required.of(listOf(OBJECT), 'The conversation so far, oldest first.'),
  },
);

export const CountTokensResponse = shape('CountTokensResponse', 'The tokens of a prompt.', {
  input_tokens: required.integer('Tokens of the prompt: the count of the upstream, or an estimate.', { minimum: 1 }),
});

export const InputTokensResponse = shape('InputTokensResponse', 'The tokens of a prompt.', {
  object: required.text('`response.input_tokens`.'),
  input_tokens: required.integer('Tokens of the prompt: the count of the upstream, or an estimate.', { minimum: 1 }),
});
