import type { OperationDocs, Parameter } from '../routes/operation-docs.js';
import { ANY_REQUEST, body, jsonOrStream, OLLAMA_LISTS, ollamaErrors } from '../routes/operation-docs.js';

const DIGEST: Parameter = {
  name: 'digest',
  in: 'path',
  required: true,
  description: 'SHA-256 of the data.',
  schema: {
    type: 'string',
    pattern: '^sha256[:-][0-9a-fA-F]{64}$',
    examples: ['sha256:29fdb92e57cf0827ded04ae6461b5931d01fa595843f55d36f5b275a52087dd2'],
  },
};

/** What stands before the reason in every 501. */
const refusal = (what: string, instead: string): string =>
  `${what} is not supported by this server: its models belong to remote upstreams; ${instead}`;

const CHANGE_ERRORS = {
  403: ollamaErrors(
    'The origin or host is not allowed (no body), the client may not change models, or the name belongs to an upstream or the mapping file.',
    'this API key may not change models: it needs "manage": true',
    "model 'sim-chat' belongs to an upstream and cannot be replaced: choose another name",
    "model 'llama3' is set in the mapping file: it can be changed only there",
  ),
  413: { $ref: '#/components/responses/OllamaTooLarge' },
};

export const pull: OperationDocs = {
  operationId: 'pullModel',
  audience: 'For Ollama clients that pull a model before they use it.',
  tags: ['Management'],
  summary: 'Pull a model',
  description:
    'Nothing is downloaded: it succeeds at once if an upstream serves the model, otherwise it fails. Streams unless `stream` is false; a failure is the last line:\n\n```\n{"status":"pulling manifest"}\n{"error":"pull model manifest: file does not exist"}\n```',
  ...body('PullRequest', {
    whole: ['Not streamed', { model: 'sim-chat', stream: false }],
    stream: ['A stream', { model: 'sim-chat' }],
  }),
  responses: {
    200: jsonOrStream(
      'An upstream serves the model; a stream may still end with an error.',
      'application/x-ndjson',
      'PullStatus',
      {
        whole: { success: ['The last status', { status: 'success' }] },
        stream: {
          first: ['The first line', { status: 'pulling manifest' }],
          last: ['The last line', { status: 'success' }],
        },
      },
    ),
    400: ollamaErrors('The request is invalid.', 'invalid model name', 'missing request body'),
    413: { $ref: '#/components/responses/OllamaTooLarge' },
    ...OLLAMA_LISTS,
    500: ollamaErrors(
      'The model does not exist; with `stream: false` only.',
      'pull model manifest: file does not exist',
      'internal error',
    ),
  },
};

export const push: OperationDocs = {
  operationId: 'pushModel',
  audience: 'For `ollama push`; it gets an error that names the alternative.',
  tags: ['Management'],
  summary: 'Push a model',
  description: 'Always refused: models are published where they are kept.',
  ...body('PushRequest', { model: ['A model', { model: 'sim-chat' }] }),
  responses: {
    400: ollamaErrors('The request is invalid.', 'model is required', 'missing request body'),
    413: { $ref: '#/components/responses/OllamaTooLarge' },
    501: ollamaErrors(
      'Not supported; the message names an alternative.',
      refusal(
        'pushing a model',
        'share the Modelfile that `ollama show --modelfile` prints, or publish the model with the tools of its upstream',
      ),
    ),
    ...ANY_REQUEST,
  },
};

export const create: OperationDocs = {
  operationId: 'createModel',
  audience: 'For `ollama create` and programs that make models with a system prompt and parameters of their own.',
  tags: ['Management'],
  summary: 'Create a virtual model',
  description:
    'A served model under a new name, with a system prompt, options, first messages, a template and licences of its own. Needs MODEL_STORE. Streams unless `stream` is false.',
  ...body('CreateRequest', {
    system: [
      'A system prompt',
      { model: 'mario', from: 'sim-chat', system: 'You are Mario.', parameters: { temperature: 0.5 }, stream: false },
    ],
    stream: ['A stream', { model: 'mario', from: 'sim-chat' }],
  }),
  responses: {
    ...OLLAMA_LISTS,
    200: jsonOrStream('The model was made.', 'application/x-ndjson', 'PullStatus', {
      whole: { success: ['The last status', { status: 'success' }] },
      stream: {
        first: ['A line before the last', { status: 'writing manifest' }],
        last: ['The last line', { status: 'success' }],
      },
    }),
    400: ollamaErrors(
      'The request is invalid, or needs model files.',
      'invalid model name',
      "neither 'from' or 'files' was specified",
    ),
    404: ollamaErrors(
      'The model to start from does not exist, or the API key may not use it.',
      "model 'nope' not found: FROM has to name a model that this server serves",
    ),
    ...CHANGE_ERRORS,
    501: ollamaErrors(
      'MODEL_STORE is off.',
      refusal('creating a model', 'add it to an upstream, or give a model another name with MODEL_MAPPING_FILE'),
    ),
    507: ollamaErrors(
      'There are too many models.',
      'the model store is full: the limit is 1000 models (MODEL_STORE_MAX_MODELS)',
    ),
  },
};

export const copy: OperationDocs = {
  operationId: 'copyModel',
  audience: 'For `ollama cp` and programs that rename virtual models.',
  tags: ['Management'],
  summary: 'Copy a model',
  description: 'The copy of a served model is a virtual model that adds nothing to it. Needs MODEL_STORE.',
  ...body('CopyRequest', { copy: ['A second name', { source: 'sim-chat', destination: 'mine' }] }),
  responses: {
    ...OLLAMA_LISTS,
    200: { description: 'Copied. No body.' },
    400: ollamaErrors('The request is invalid.', 'source "" is invalid', 'destination "" is invalid'),
    404: ollamaErrors('The source does not exist, or the API key may not use it.', 'model "nope" not found'),
    ...CHANGE_ERRORS,
    501: ollamaErrors(
      'MODEL_STORE is off.',
      refusal('copying a model', 'give it another name with MODEL_MAPPING_FILE'),
    ),
  },
};

export const remove: OperationDocs = {
  operationId: 'deleteModel',
  audience: 'For `ollama rm` and programs that clean up virtual models.',
  tags: ['Management'],
  summary: 'Delete a virtual model',
  description: 'Models of upstreams cannot be deleted here.',
  ...body('DeleteRequest', { model: ['A model', { model: 'mine' }] }),
  responses: {
    ...OLLAMA_LISTS,
    200: { description: 'Deleted. No body.' },
    400: ollamaErrors('The request is invalid.', 'model is required', 'name "bad name!" is invalid'),
    404: ollamaErrors('The model does not exist, or the API key may not use it.', "model 'nope' not found"),
    ...CHANGE_ERRORS,
    501: ollamaErrors(
      'A model of an upstream, and MODEL_STORE is off.',
      refusal('deleting a model', 'remove it from its upstream'),
    ),
  },
};

export const hasBlob: OperationDocs = {
  operationId: 'checkBlob',
  audience: 'For `ollama create`, which asks before it uploads.',
  tags: ['Management'],
  summary: 'Check for a blob',
  description: 'Found if it was uploaded to this process.',
  parameters: [DIGEST],
  responses: {
    200: { description: 'It was uploaded. No body.' },
    400: { description: 'The digest is malformed. No body.' },
    404: { description: 'Not found. No body.' },
    ...ANY_REQUEST,
  },
};

export const createBlob: OperationDocs = {
  operationId: 'createBlob',
  audience: 'For `ollama create` with files.',
  tags: ['Management'],
  summary: 'Upload a blob',
  description: 'Its digest is checked; weights are refused, and nothing is stored.',
  parameters: [DIGEST],
  requestBody: { content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } },
  responses: {
    200: { description: 'It was uploaded before. No body.' },
    201: { description: 'The digest is right. No body.' },
    400: ollamaErrors('The digest is malformed, or another.', 'invalid digest format'),
    403: CHANGE_ERRORS[403],
    413: ollamaErrors(
      'Weights.',
      'this server stores no model files: FROM has to name a model that it serves, and weights and adapters belong to the upstream that runs them',
    ),
    501: ollamaErrors('MODEL_STORE is off.', refusal('uploading model data', 'add the model to an upstream')),
  },
};
