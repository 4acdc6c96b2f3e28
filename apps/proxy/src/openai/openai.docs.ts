import type { OperationDocs, ResponseDocs, Parameter } from '../routes/operation-docs.js';
import {
  ANTHROPIC_CALL,
  anthropicErrors,
  body,
  json,
  jsonOrStream,
  KEY_RESTRICTED,
  OLLAMA_CALL,
  ollamaErrors,
  OPENAI_CALL,
  OPENAI_LISTS,
  openAiErrors,
  text,
} from '../routes/operation-docs.js';

const MODEL = { id: 'sim-chat', object: 'model', created: 1_735_689_600, owned_by: 'simulator' };
const USAGE = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 };
const MADE = { id: 'chatcmpl-1', created: 1_767_268_800, model: 'sim-chat' };
const TEXT = { id: 'cmpl-1', object: 'text_completion', created: 1_767_268_800, model: 'sim-chat' };
const UNREADABLE = 'The request is invalid, or the upstream rejects it.';
const NO_SUCH = 'The model does not exist, or the API key may not use it.';
const ESTIMATE =
  'Otherwise an estimate: a token for four characters of all text, which is too few in languages such as Chinese.';
const NO_API = 'Or no upstream of the model has the API.';
const BAD_REQUEST = openAiErrors(UNREADABLE, 'invalid_request_error', 'model is required', 'missing request body');
const NO_MODEL = openAiErrors(NO_SUCH, 'not_found_error', "model 'nope' not found");

/** A response of the upstream, in the upstream's own format. */
function forwarded(description: string, ...types: string[]): ResponseDocs {
  return { description, content: Object.fromEntries(types.map((type) => [type, {}])) };
}

const PATH: Parameter = {
  name: 'path',
  in: 'path',
  required: true,
  description:
    'Path below `/v1`, such as `images/generations`, `audio/speech` or `files/file-1/content`. May hold slashes.',
  schema: { type: 'string', pattern: '^[\\w./:@~-]+$', examples: ['files'] },
};

function passing(operationId: string, summary: string, more: Partial<OperationDocs> = {}): OperationDocs {
  return {
    operationId,
    audience: 'For OpenAI SDKs that use images, audio, files, moderations or rerank on an upstream that has them.',
    tags: ['OpenAI'],
    summary,
    description:
      'Paths of V1_PASSED_PATHS (images, audio, files, moderations, rerank, …) are forwarded to the first upstream with body and query unread; its response is returned unchanged.',
    parameters: [PATH],
    ...more,
    responses: {
      200: forwarded('The response of the upstream.', '*/*'),
      ...OPENAI_CALL,
      403: KEY_RESTRICTED,
      404: text('The path is not forwarded; or the upstream responded 404, in its own format.', '404 page not found'),
    },
  };
}

export const models: OperationDocs = {
  operationId: 'listOpenAiModels',
  audience: 'For OpenAI SDKs and agents; with the header `anthropic-version` in the format of Anthropic.',
  tags: ['OpenAI'],
  summary: 'List models',
  description: 'As the upstreams list them, plus the names of the mapping file.',
  responses: {
    200: json('The models.', 'OpenAiModelList', { one: ['One model', { object: 'list', data: [MODEL] }] }),
    ...OPENAI_LISTS,
  },
};

export const model: OperationDocs = {
  operationId: 'getOpenAiModel',
  audience: 'For OpenAI SDKs that check one name.',
  tags: ['OpenAI'],
  summary: 'Get a model',
  parameters: [
    {
      name: 'id',
      in: 'path',
      required: true,
      description: 'Id or name of a model; may hold slashes.',
      schema: { type: 'string', examples: ['sim-chat'] },
    },
  ],
  responses: {
    200: json('The model.', 'OpenAiModel', { model: ['A model', MODEL] }),
    404: NO_MODEL,
    ...OPENAI_LISTS,
  },
};

export const chatCompletions: OperationDocs = {
  operationId: 'createChatCompletion',
  audience: 'For OpenAI SDKs, VS Code Copilot, opencode and other programs that chat through the OpenAI API.',
  tags: ['OpenAI'],
  summary: 'Chat completion',
  description:
    'Forwarded to the upstream unchanged but for the name of the model; the response is returned byte for byte. A stream on the wire:\n\n```\ndata: {"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}], …}\n\ndata: [DONE]\n```\n\nA stream that fails ends with `data: {"error":{…}}`, without `[DONE]`.',
  ...body('ChatCompletionRequest', {
    whole: ['Not streamed', { model: 'sim-chat', messages: [{ role: 'user', content: 'Say hello.' }] }],
    stream: [
      'A stream that counts tokens',
      {
        model: 'sim-chat',
        messages: [{ role: 'user', content: 'Say hello.' }],
        stream: true,
        stream_options: { include_usage: true },
      },
    ],
  }),
  responses: {
    200: jsonOrStream(
      'The response; with `stream: true` server-sent events. The schema describes the data of each event but the last, `[DONE]`.',
      'text/event-stream',
      'ChatCompletion',
      {
        whole: {
          whole: [
            'A complete response',
            {
              ...MADE,
              object: 'chat.completion',
              choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
              usage: USAGE,
            },
          ],
        },
        stream: {
          text: [
            'Data of an event with text',
            {
              ...MADE,
              object: 'chat.completion.chunk',
              choices: [{ index: 0, delta: { content: 'Hello' }, finish_reason: null }],
            },
          ],
          usage: [
            'Data of the event that counts',
            { ...MADE, object: 'chat.completion.chunk', choices: [], usage: USAGE },
          ],
        },
      },
    ),
    400: BAD_REQUEST,
    404: NO_MODEL,
    ...OPENAI_CALL,
  },
};

export const completions: OperationDocs = {
  operationId: 'createCompletion',
  audience: 'For editors that complete code, and programs of the older OpenAI API.',
  tags: ['OpenAI'],
  summary: 'Text completion',
  description:
    'Forwarded to the upstream unchanged but for the name of the model; the response is returned byte for byte.',
  ...body('CompletionRequest', {
    whole: ['Not streamed', { model: 'sim-chat', prompt: 'Once upon', max_tokens: 20 }],
    stream: ['A stream', { model: 'sim-chat', prompt: 'Once upon', max_tokens: 20, stream: true }],
  }),
  responses: {
    200: jsonOrStream(
      'The response; with `stream: true` server-sent events. The schema describes the data of each event but the last, `[DONE]`.',
      'text/event-stream',
      'Completion',
      {
        whole: {
          whole: [
            'A complete response',
            { ...TEXT, choices: [{ index: 0, text: ' a time', finish_reason: 'stop' }], usage: USAGE },
          ],
        },
        stream: { text: ['Data of an event', { ...TEXT, choices: [{ index: 0, text: ' a', finish_reason: null }] }] },
      },
    ),
    400: BAD_REQUEST,
    404: NO_MODEL,
    ...OPENAI_CALL,
  },
};

export const embeddings: OperationDocs = {
  operationId: 'createEmbedding',
  audience: 'For OpenAI SDKs and vector stores.',
  tags: ['OpenAI'],
  summary: 'Embed texts',
  description:
    'Forwarded to the upstream unchanged but for the name of the model; the response is returned byte for byte.',
  ...body('EmbeddingRequest', {
    list: ['Two texts', { model: 'sim-embed', input: ['The sky is blue.', 'Grass is green.'] }],
    base64: ['Vectors in base64', { model: 'sim-embed', input: 'The sky is blue.', encoding_format: 'base64' }],
  }),
  responses: {
    200: json('The vectors.', 'EmbeddingList', {
      one: [
        'One vector',
        {
          object: 'list',
          data: [{ object: 'embedding', index: 0, embedding: [0.6, 0.8] }],
          model: 'sim-embed',
          usage: { prompt_tokens: 4, total_tokens: 4 },
        },
      ],
    }),
    400: BAD_REQUEST,
    404: NO_MODEL,
    ...OPENAI_CALL,
  },
};

export const systemOne: OperationDocs = {
  operationId: 'createSystemOneDecision',
  audience: 'For clients of upstreams that have this API.',
  tags: ['OpenAI'],
  summary: 'Decide (Ollama)',
  description:
    'Forwarded to an upstream that has the API, unchanged but for the name of the model; the response is returned byte for byte.',
  ...body('SystemOneRequest', {
    choice: [
      'A choice',
      {
        model: 'sim-decide',
        state: 'The parcel has not arrived.',
        questions: {
          team: {
            type: 'choice',
            instructions: 'Who handles this?',
            criteria: { delivery: 'Parcels', billing: 'Invoices' },
          },
        },
      },
    ],
  }),
  responses: {
    200: forwarded('The answers, in the form of the upstream.', 'application/json'),
    400: ollamaErrors(UNREADABLE, 'model is required', 'missing request body'),
    404: ollamaErrors(`${NO_SUCH} ${NO_API}`, "model 'nope' not found", 'this server has no such API'),
    ...OLLAMA_CALL,
  },
};

export const decisions: OperationDocs = {
  operationId: 'createDecision',
  audience: 'For clients of upstreams that have this API.',
  tags: ['OpenAI'],
  summary: 'Decide (OpenAI)',
  description:
    'Forwarded to an upstream that has the API, unchanged but for the name of the model; the response is returned byte for byte.',
  ...body('DecisionsRequest', {
    predicate: [
      'A predicate',
      {
        model: 'sim-decide',
        input: 'The parcel has not arrived.',
        questions: [{ type: 'predicate', name: 'complaint', instructions: 'Is this a complaint?' }],
      },
    ],
  }),
  responses: {
    200: forwarded('The answers, in the form of the upstream.', 'application/json'),
    400: BAD_REQUEST,
    404: openAiErrors(
      `${NO_SUCH} ${NO_API}`,
      'not_found_error',
      "model 'nope' not found",
      'this server has no such API',
    ),
    ...OPENAI_CALL,
  },
};

export const responses: OperationDocs = {
  operationId: 'createResponse',
  audience: 'For Codex, Copilot CLI and OpenAI SDKs that use the Responses API.',
  tags: ['OpenAI'],
  summary: 'Create a response',
  description:
    'Forwarded to an upstream that has the Responses API; translated onto chat completions otherwise. A translated response is stored for its caller for STORED_RESPONSES_TTL, unless the request has `store: false`, so that `previous_response_id` can continue it; `store` of the response shows whether it is.',
  ...body('ResponsesRequest', { text: ['A text', { model: 'sim-chat', input: 'Say hello.' }] }),
  responses: {
    200: forwarded('The response of the upstream.', 'application/json', 'text/event-stream'),
    400: BAD_REQUEST,
    404: NO_MODEL,
    ...OPENAI_CALL,
  },
};

const RESPONSE_ID: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'Id of a response.',
  schema: { type: 'string', examples: ['resp_0123456789abcdefghijklmn'] },
};

function ofStored(operationId: string, summary: string, description: string): OperationDocs {
  return {
    operationId,
    audience: 'For agents and OpenAI SDKs that continue, read or remove a stored response.',
    tags: ['OpenAI'],
    summary,
    description: `${description} A response that is not stored here is looked up at the first upstream.`,
    parameters: [RESPONSE_ID],
    responses: {
      200: forwarded('The stored response, its items or its deletion.', 'application/json'),
      400: openAiErrors(
        'The response was not created in the background.',
        'invalid_request_error',
        'Cannot cancel a synchronous response.',
        'Only a response that was created with background=true can be streamed again.',
      ),
      403: KEY_RESTRICTED,
      404: openAiErrors(
        'The response is not stored, not any more, or belongs to another caller.',
        'not_found_error',
        "Response with id 'resp_1' not found.",
      ),
      ...OPENAI_CALL,
    },
  };
}

const stored = ofStored(
  'getResponse',
  'Get a stored response or its input items',
  'As it was sent, without its events. `{id}/input_items` lists all items that led to it, also those of the responses that it continues.',
);

export const storedResponse: OperationDocs = {
  ...stored,
  parameters: [
    { ...RESPONSE_ID, description: 'Id of a response, or the id followed by `/input_items`.' },
    {
      name: 'limit',
      in: 'query',
      description: 'Of the list: number of items, from 1 to 100.',
      schema: { type: 'integer', default: 20, examples: [20] },
    },
    {
      name: 'order',
      in: 'query',
      description: 'Of the list: whether the first or the last item comes first.',
      schema: { type: 'string', enum: ['asc', 'desc'], default: 'desc', examples: ['asc'] },
    },
    {
      name: 'after',
      in: 'query',
      description: 'Of the list: id of the item behind which the page begins.',
      schema: { type: 'string', examples: ['msg_0123456789abcdefghijklmn100000'] },
    },
  ],
};

export const cancelResponse: OperationDocs = {
  ...ofStored(
    'cancelResponse',
    'Cancel a response',
    'Of a response that an upstream runs in the background. `{id}` is the id followed by `/cancel`.',
  ),
  parameters: [{ ...RESPONSE_ID, description: 'Id of a response, followed by `/cancel`.' }],
};

export const countInputTokens: OperationDocs = {
  operationId: 'countInputTokens',
  audience: 'For agents that measure a request before they send it.',
  tags: ['OpenAI'],
  summary: 'Count the tokens of a response',
  description: `Forwarded to an upstream that has this route. ${ESTIMATE}`,
  ...body('ResponsesRequest', { text: ['A text', { model: 'sim-chat', input: 'Say hello.' }] }),
  responses: {
    200: json('The count.', 'InputTokensResponse', {
      text: ['A text', { object: 'response.input_tokens', input_tokens: 4 }],
    }),
    400: BAD_REQUEST,
    404: NO_MODEL,
    ...OPENAI_CALL,
  },
};

export const deleteResponse = ofStored('deleteResponse', 'Delete a stored response', 'Gone for every replica.');

export const compact: OperationDocs = {
  operationId: 'compactResponse',
  audience: 'For Codex, which shortens long conversations.',
  tags: ['OpenAI'],
  summary: 'Compact a conversation',
  description:
    'Forwarded to an upstream that has this route; else the model of the request summarizes the conversation by chat completions. The reply has the messages of the user and one `compaction` item, which replaces the rest as input of the next request.',
  ...body('ResponsesRequest', { text: ['A text', { model: 'sim-chat', input: 'Say hello.' }] }),
  responses: {
    200: forwarded('The compacted conversation.', 'application/json'),
    400: BAD_REQUEST,
    404: NO_MODEL,
    ...OPENAI_CALL,
  },
};

export const messages: OperationDocs = {
  operationId: 'createMessage',
  audience: 'For Claude Code and Anthropic SDKs.',
  tags: ['OpenAI'],
  summary: 'Create a message (Messages API)',
  description:
    'Forwarded to an upstream that has the Messages API; translated onto chat completions otherwise. Errors have its format, `{"type":"error","error":{"type","message"}}`; a stream that fails ends with an event `error` in that format.',
  ...body('MessagesRequest', {
    text: ['A text', { model: 'sim-chat', max_tokens: 100, messages: [{ role: 'user', content: 'Say hello.' }] }],
  }),
  responses: {
    200: forwarded('The response of the upstream.', 'application/json', 'text/event-stream'),
    400: anthropicErrors(UNREADABLE, 'invalid_request_error', 'model is required', 'missing request body'),
    404: anthropicErrors(NO_SUCH, 'not_found_error', "model 'nope' not found"),
    ...ANTHROPIC_CALL,
  },
};

export const countTokens: OperationDocs = {
  operationId: 'countTokens',
  audience: 'For Claude Code, which measures a request before it sends it.',
  tags: ['OpenAI'],
  summary: 'Count the tokens of a message',
  description: `Forwarded to an upstream that has this route. ${ESTIMATE}`,
  ...body('CountTokensRequest', {
    text: ['A text', { model: 'sim-chat', messages: [{ role: 'user', content: 'Say hello.' }] }],
  }),
  responses: {
    200: json('The count.', 'CountTokensResponse', { text: ['A text', { input_tokens: 3 }] }),
    400: anthropicErrors(UNREADABLE, 'invalid_request_error', 'model is required', 'missing request body'),
    404: anthropicErrors(NO_SUCH, 'not_found_error', "model 'nope' not found"),
    ...ANTHROPIC_CALL,
  },
};

export const forwardGet: OperationDocs = passing('passGet', 'Forward a GET request');

export const forwardPost: OperationDocs = passing('passPost', 'Forward a POST request', {
  requestBody: {
    description: 'Any body; streamed to the upstream unread.',
    content: { '*/*': {} },
  },
});

export const forwardDelete: OperationDocs = passing('passDelete', 'Forward a DELETE request');
