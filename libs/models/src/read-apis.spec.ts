import { expect, it } from 'vitest';
import { readApis } from './read-apis.js';

it.each([
  [{ supported_endpoints: ['/v1/responses'] }, ['responses']],
  [
    { supported_endpoints: ['/responses', '/chat/completions', '/v1/messages', '/v1/embeddings'] },
    ['chat', 'responses', 'messages'],
  ],
  [{ model_info: { supported_endpoints: ['/v1/chat/completions'] } }, ['chat']],
  [{ supported_apis: ['chat_completions', 'responses'] }, ['chat', 'responses']],
  [{ endpoints: ['chat', 'embed'] }, ['chat']],
  [{ model_info: { mode: 'responses' } }, ['responses']],
  [{ supported_endpoints: ['/v1/embeddings'] }, undefined],
  [{ endpoints: 'chat' }, undefined],
  [{}, undefined],
])('%j → %j', (entry, apis) => {
  expect(readApis(entry)).toEqual(apis);
});
