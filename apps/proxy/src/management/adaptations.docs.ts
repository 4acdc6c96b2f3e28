import type { OperationDocs, Parameter } from '../routes/operation-docs.js';
import { json, openAiErrors } from '../routes/operation-docs.js';

const ID: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'An `id` of the list.',
  schema: { type: 'string', pattern: '^[\\w-]+$', examples: ['Qk3vX1mPz0aLr8sT'] },
};

const REFUSED = {
  403: openAiErrors(
    'The origin or host is not allowed (no body), or the client may not manage this server.',
    'permission_error',
    'this API key may not see adaptations: it needs "manage": true',
  ),
};

const SCOPE = 'With several processes (WORKERS) each has its own adaptations; the one that takes the request answers.';

export const list: OperationDocs = {
  operationId: 'listAdaptations',
  audience: 'For operators who want to know why a request leaves in another form; needs `manage`.',
  tags: ['Service'],
  summary: 'List adaptations',
  description: `Changes of requests that rejections of upstreams have led to, with the rejection. ${SCOPE}`,
  responses: {
    200: json('The adaptations in use.', 'Adaptations', {
      one: [
        'One adaptation',
        {
          workers: 1,
          adaptations: [
            {
              id: 'Qk3vX1mPz0aLr8sT',
              upstream: 'default',
              model: 'gpt-5',
              adaptation: 'rename: max_tokens → max_completion_tokens',
              scope: 'all',
              reason: "400: Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
              expiresInSeconds: 3480,
            },
          ],
        },
      ],
    }),
    ...REFUSED,
  },
};

export const forgetAll: OperationDocs = {
  operationId: 'deleteAdaptations',
  audience: 'For operators, after an upstream was replaced or updated; needs `manage`.',
  tags: ['Service'],
  summary: 'Remove all adaptations',
  description: `The next requests are sent unchanged. ${SCOPE}`,
  responses: { 204: { description: 'They are removed. No body.' }, ...REFUSED },
};

export const forget: OperationDocs = {
  operationId: 'deleteAdaptation',
  audience: 'For operators who doubt one adaptation; needs `manage`.',
  tags: ['Service'],
  summary: 'Remove one adaptation',
  description: SCOPE,
  parameters: [ID],
  responses: {
    204: { description: 'It is removed. No body.' },
    ...REFUSED,
    404: openAiErrors(
      'There is no such adaptation.',
      'not_found_error',
      'there is no such adaptation: it has expired or was removed',
    ),
  },
};
