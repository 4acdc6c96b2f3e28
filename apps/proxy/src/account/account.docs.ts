import type { OperationDocs } from '../routes/operation-docs.js';
import { ANY_REQUEST, body, json, KEY_WANTED, ollamaErrors, RETRY_AFTER } from '../routes/operation-docs.js';

const NOT_SIGNED_IN = {
  ...ollamaErrors(
    'There are no accounts, so no user is signed in; or the API key is refused.',
    'you are not currently signed in',
    'unauthorized',
  ),
  headers: KEY_WANTED,
};

export const status: OperationDocs = {
  operationId: 'getCloudStatus',
  audience: 'For the Ollama app, which asks whether it has a cloud.',
  tags: ['Account'],
  summary: 'Cloud status',
  responses: {
    200: json('Always disabled.', 'CloudStatus', { off: ['Disabled', { cloud: { disabled: true, source: 'env' } }] }),
    ...ANY_REQUEST,
  },
};

export const me: OperationDocs = {
  operationId: 'getAccount',
  audience: 'For `ollama signin`.',
  tags: ['Account'],
  summary: 'Account',
  description: 'Always refused: there are no accounts.',
  responses: {
    503: {
      ...ollamaErrors(
        'There are no accounts; or the service is overloaded, then with `Retry-After`.',
        'account unavailable',
        'server busy, please try again.  maximum pending requests exceeded',
      ),
      headers: RETRY_AFTER,
    },
    ...ANY_REQUEST,
  },
};

export const signOut: OperationDocs = {
  operationId: 'signOut',
  audience: 'For `ollama signout`.',
  tags: ['Account'],
  summary: 'Sign out',
  description: 'Always refused: there are no accounts.',
  responses: { 401: NOT_SIGNED_IN, ...ANY_REQUEST },
};

export const deleteKey: OperationDocs = {
  operationId: 'deleteKey',
  audience: 'For `ollama signout` of versions that delete their key.',
  tags: ['Account'],
  summary: 'Sign out (older route)',
  description: 'Always refused: there are no accounts.',
  deprecated: true,
  parameters: [
    { name: 'key', in: 'path', required: true, description: 'A public key; not read.', schema: { type: 'string' } },
  ],
  responses: { 401: NOT_SIGNED_IN, ...ANY_REQUEST },
};

/** What a server relays from the cloud. */
const ofCloud = (operationId: string, summary: string, what: string): OperationDocs => ({
  operationId,
  audience: 'For the Ollama app and `ollama`, which show the use of the cloud.',
  tags: ['Account'],
  summary,
  description: 'A service of Ollama’s cloud; always refused.',
  responses: {
    ...ANY_REQUEST,
    403: ollamaErrors('There is no cloud.', `ollama cloud is disabled: ${what} is unavailable`),
  },
});

export const usage = ofCloud('cloudUsage', 'Usage of the cloud', 'usage');
export const balance = ofCloud('cloudBalance', 'Balance of the account', 'balance');

export const recommendations: OperationDocs = {
  operationId: 'listRecommendations',
  audience: 'For the Ollama app, which shows recommended models.',
  tags: ['Account'],
  summary: 'Recommended models',
  responses: {
    200: json('Always none.', 'Recommendations', { none: ['None', { recommendations: [] }] }),
    ...ANY_REQUEST,
  },
};

export const search: OperationDocs = {
  operationId: 'webSearch',
  audience: 'For clients that search through the cloud of Ollama.',
  tags: ['Account'],
  summary: 'Search the web',
  description: 'A service of Ollama’s cloud; always refused.',
  ...body('WebSearchRequest', { query: ['A search', { query: 'weather in Paris', max_results: 3 }] }),
  responses: {
    400: ollamaErrors('There is no body.', 'missing request body'),
    ...ANY_REQUEST,
    403: ollamaErrors('There is no cloud.', 'ollama cloud is disabled: web search is unavailable'),
  },
};

export const fetch: OperationDocs = {
  operationId: 'webFetch',
  audience: 'For clients that fetch pages through the cloud of Ollama.',
  tags: ['Account'],
  summary: 'Fetch a page',
  description: 'A service of Ollama’s cloud; always refused.',
  ...body('WebFetchRequest', { url: ['A page', { url: 'https://example.com/' }] }),
  responses: {
    400: ollamaErrors('There is no body.', 'missing request body'),
    ...ANY_REQUEST,
    403: ollamaErrors('There is no cloud.', 'ollama cloud is disabled: web fetch is unavailable'),
  },
};
