import type { OperationDocs, Parameter } from '../routes/operation-docs.js';
import { ANY_REQUEST, body, jsonOrStream, OLLAMA_LISTS, ollamaErrors, refTo } from '../routes/operation-docs.js';

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

/** An operation of Ollama that a proxy cannot offer: always 501. */
function refused(operationId: string, summary: string, what: string, instead: string): OperationDocs {
  return {
    operationId,
    tags: ['Management'],
    summary,
    description: 'Always refused: the models belong to the upstream.',
    requestBody: {
      content: {
        'application/json': {
          schema: refTo('RefusedRequest'),
          examples: { any: { summary: 'Any body', value: { model: 'sim-chat' } } },
        },
      },
    },
    responses: {
      501: ollamaErrors(
        'Not supported; the message names an alternative.',
        `${what} is not supported by this server: its models belong to remote upstreams; ${instead}`,
      ),
      413: { $ref: '#/components/responses/OllamaTooLarge' },
      ...ANY_REQUEST,
    },
  };
}

export const pull: OperationDocs = {
  operationId: 'pullModel',
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

export const push: OperationDocs = refused(
  'pushModel',
  'Push a model',
  'pushing a model',
  'publish it with the tools of the upstream',
);

export const create: OperationDocs = refused(
  'createModel',
  'Create a model',
  'creating a model',
  'add it to an upstream, or give a model another name with MODEL_MAPPING_FILE',
);

export const copy: OperationDocs = refused(
  'copyModel',
  'Copy a model',
  'copying a model',
  'give it another name with MODEL_MAPPING_FILE',
);

export const remove: OperationDocs = refused(
  'deleteModel',
  'Delete a model',
  'deleting a model',
  'remove it from its upstream',
);

export const hasBlob: OperationDocs = {
  operationId: 'checkBlob',
  tags: ['Management'],
  summary: 'Check for a blob',
  description: 'Never found: no model data is stored here.',
  parameters: [DIGEST],
  responses: { 404: { description: 'Not found. No body.' }, ...ANY_REQUEST },
};

export const createBlob: OperationDocs = {
  ...refused('createBlob', 'Upload a blob', 'uploading model data', 'add the model to an upstream'),
  parameters: [DIGEST],
  requestBody: { content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } },
};
