import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MODELS, RESPONSES_MODELS } from '../../apps/simulator/src/simulator.js';
import { withProxy } from '../support/with-proxy.js';

const models = [...DEFAULT_MODELS, ...RESPONSES_MODELS];
const UPSTREAMS = [
  ['chat completions alone', withProxy({ catalogue: 'plain' })],
  ['the Responses API', withProxy({ apis: ['responses'], models, catalogue: 'plain' })],
] as const;

const message = { model: 'sim-chat', messages: [{ role: 'user' as const, content: 'Hi' }] };

/** Clients with their own retries, and how many requests they have sent. */
function clientsOf(url: string): { openai: OpenAI; anthropic: Anthropic; sent: () => number } {
  let sent = 0;
  const counted: typeof fetch = (...call) => {
    sent += 1;
    return fetch(...call);
  };
  return {
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', fetch: counted }),
    anthropic: new Anthropic({ baseURL: url, apiKey: null, authToken: 'none', fetch: counted }),
    sent: () => sent,
  };
}

describe.each(UPSTREAMS)('routes of the SDKs on an upstream with %s', (_apis, setup) => {
  it('count tokens', async () => {
    const { openai, anthropic } = clientsOf(setup.proxy.url);
    const counted = await openai.responses.inputTokens.count({ model: 'sim-chat', input: 'x'.repeat(400) });
    expect(counted).toMatchObject({ object: 'response.input_tokens', input_tokens: 101 });
    expect(await anthropic.messages.countTokens(message)).toEqual({ input_tokens: 2 });
    expect((await anthropic.beta.messages.countTokens(message)).input_tokens).toBe(2);
  });

  type Clients = ReturnType<typeof clientsOf>;
  it.each<[string, number, string, (clients: Clients) => PromiseLike<unknown>]>([
    ['responses.retrieve', 404, "Response with id 'resp_1' not found.", (is) => is.openai.responses.retrieve('resp_1')],
    ['responses.delete', 404, "Response with id 'resp_1' not found.", (is) => is.openai.responses.delete('resp_1')],
    ['responses.cancel', 404, "Response with id 'resp_1' not found.", (is) => is.openai.responses.cancel('resp_1')],
    ['inputItems.list', 404, 'not found', (is) => is.openai.responses.inputItems.list('resp_1')],
    ['conversations.create', 404, 'no such API', (is) => is.openai.conversations.create()],
    ['conversations.retrieve', 404, 'no such API', (is) => is.openai.conversations.retrieve('conv_1')],
    ['conversations.items.list', 404, 'no such API', (is) => is.openai.conversations.items.list('conv_1')],
    ['batches.create', 404, 'no such API', (is) => is.anthropic.messages.batches.create({ requests: [] })],
    ['batches.list', 404, 'no such API', (is) => is.anthropic.messages.batches.list()],
    ['batches.retrieve', 404, 'no such API', (is) => is.anthropic.messages.batches.retrieve('batch_1')],
    ['batches.cancel', 404, 'no such API', (is) => is.anthropic.messages.batches.cancel('batch_1')],
    ['batches.delete', 404, 'no such API', (is) => is.anthropic.messages.batches.delete('batch_1')],
    ['beta batches.list', 404, 'no such API', (is) => is.anthropic.beta.messages.batches.list()],
    ['files.list', 404, '/v1/files', (is) => is.anthropic.beta.files.list()],
    ['skills.list', 404, 'no such API', (is) => is.anthropic.beta.skills.list()],
  ])('%s ends at once, with a text', async (_route, status, text, call) => {
    const clients = clientsOf(setup.proxy.url);
    const failure = await Promise.resolve(call(clients)).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ status, message: expect.stringContaining(text) as string });
    expect(clients.sent()).toBe(1);
  });
});

describe('a response that was translated here', () => {
  it('is complete: it can be neither cancelled nor streamed again', async () => {
    const { openai, sent } = clientsOf(UPSTREAMS[0][1].proxy.url);
    const { id } = await openai.responses.create({ model: 'sim-chat', input: 'Hi' });
    await expect(openai.responses.cancel(id)).rejects.toMatchObject({
      status: 400,
      message: '400 Cannot cancel a synchronous response.',
    });
    await expect(openai.responses.retrieve(id, { stream: true })).rejects.toMatchObject({ status: 400 });
    expect(sent()).toBe(3);
    expect((await openai.responses.retrieve(id)).status).toBe('completed');
    expect((await openai.responses.inputItems.list(id)).data).toHaveLength(1);
    await openai.responses.delete(id);
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });
});
