import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const KEY = 'key-for-the-agents-tests';
const setup = withProxy({ dialect: 'strictest', catalogue: 'plain' }, { PROXY_API_KEYS: KEY });
const headers = { authorization: `Bearer ${KEY}` };

const message = { model: 'sim-chat', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] };
const response = { model: 'sim-chat', input: 'Hi' };
const image = { type: 'image', source: { type: 'file', file_id: 'file_1' } };

describe('a request that no upstream can serve ends at once, with a text', () => {
  it.each([
    ['/v1/messages', { ...message, mcp_servers: [{ type: 'url', url: 'http://a' }] }, 400, /mcp_servers/],
    ['/v1/messages', { ...message, messages: [{ role: 'user', content: [image] }] }, 400, /only base64 and url images/],
    [
      '/v1/messages',
      { ...message, tools: [{ type: 'computer_20250124', name: 'computer' }] },
      400,
      /computer_20250124/,
    ],
    ['/v1/messages/batches', { requests: [] }, 404, /no such API/],
    ['/v1/responses', { ...response, background: true }, 400, /background/],
    ['/v1/responses', { ...response, prompt: { id: 'p' } }, 400, /prompt/],
    ['/v1/responses', { ...response, conversation: 'conv_1' }, 400, /conversation/],
    ['/v1/responses', { ...response, previous_response_id: 'resp_1' }, 400, /resp_1/],
  ])('%s %j', async (path, body, status, text) => {
    const seen = await setup.ask(path, body, { headers });
    expect([seen.status, seen.headers.get('x-should-retry')]).toEqual([status, 'false']);
    expect(seen.type).toContain('application/json');
    const { type, error } = JSON.parse(seen.text) as { type?: string; error: { type: string; message: string } };
    expect(error.message).toMatch(text);
    expect(type).toBe(path.startsWith('/v1/messages') ? 'error' : undefined);
    expect(setup.simulator.requests.filter(({ path: sent }) => sent.includes('chat'))).toEqual([]);
  });

  it('a wrong key is not repeated', async () => {
    for (const path of ['/v1/messages', '/v1/responses', '/v1/chat/completions']) {
      const seen = await setup.ask(path, message, { headers: { 'x-api-key': 'another-key-than-the-one' } });
      expect([seen.status, seen.headers.get('x-should-retry')]).toEqual([401, 'false']);
    }
  });

  it('other failures may be repeated', async () => {
    for (const content of ['@sim {"status":429,"error":"slow"}', '@sim {"status":400,"error":"odd"}']) {
      const seen = await setup.ask('/v1/messages', { ...message, messages: [{ role: 'user', content }] }, { headers });
      expect(seen.headers.get('x-should-retry')).toBeNull();
    }
    const ollama = await setup.ask('/api/push', { model: 'a' }, { headers });
    expect([ollama.status, ollama.headers.get('x-should-retry')]).toEqual([501, null]);
  });
});

it('the id of the request is where the SDK looks for it', async () => {
  const seen = await setup.ask('/v1/messages', message, { headers });
  expect(seen.headers.get('request-id')).toBe(seen.headers.get('x-request-id'));
});

it("Claude Code's probe is answered", async () => {
  const seen = await setup.ask('/api/hello', undefined, { method: 'HEAD' });
  expect([seen.status, seen.text]).toEqual([200, '']);
});
