import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** It lets the runtime label its JSON, which says text/plain. */
const plain = { headers: { 'content-type': 'text/plain;charset=UTF-8', authorization: 'Basic YTpi' } };
const post = (path: string, body: object) => setup.ask(path, JSON.stringify(body), plain);

const details = is.struct({
  format: is.string,
  family: is.string,
  parameter_size: is.string,
  quantization_level: is.string,
});
const tags = is.struct({
  models: is.list(is.struct({ name: is.string, digest: is.digest, size: is.number, details })),
});
const running = is.struct({
  models: is.list(is.struct({ name: is.string, size_vram: is.number, expires_at: is.string })),
});
const show = is.struct({
  license: is.optional(is.string),
  modelfile: is.string,
  parameters: is.optional(is.string),
  template: is.string,
  capabilities: is.list(is.string),
  model_info: is.mapOf(is.anything),
});
/** Lines that fail its guards are skipped, and with them their text. */
const line = is.struct({
  model: is.string,
  created_at: is.string,
  message: is.struct({ role: is.oneOf('assistant'), content: is.string }),
  done: is.boolean,
});
const generated = is.struct({ model: is.string, created_at: is.string, response: is.string, done: is.boolean });

describe('the Raycast extension', () => {
  it('lists models and running models', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags', undefined, plain), tags);
    for (const { name } of models) {
      const { capabilities } = decodeWhole(await post('/api/show', { name }), show);
      expect(capabilities.some((each) => each === 'completion' || each === 'embedding')).toBe(true);
    }
    decodeWhole(await setup.ask('/api/ps', undefined, plain), running);
  });

  it('chats and generates with text/plain bodies', async () => {
    const messages = [{ role: 'user', content: 'hi there' }];
    const chat = decodeLines(await post('/api/chat', { model: 'sim-chat:latest', messages }), line);
    expect(chat.map(({ message }) => message.content).join('')).toContain('hi there');
    expect(chat.at(-1)).toMatchObject({ done: true, message: { content: '' } });
    const text = decodeLines(await post('/api/generate', { model: 'sim-chat:latest', prompt: 'hi there' }), generated);
    expect(text.at(-1)).toMatchObject({ done: true, response: '' });
  });

  it('loads and unloads a model', async () => {
    const model = 'sim-plain:latest';
    decodeWhole(await post('/api/generate', { model, keep_alive: '5m' }), generated);
    expect((await setup.ask('/api/ps')).text).toContain(model);
    decodeWhole(await post('/api/generate', { model, keep_alive: 0 }), generated);
    expect((await setup.ask('/api/ps')).text).not.toContain(model);
  });

  it('embeds on the older route', async () => {
    const seen = await post('/api/embeddings', { model: 'sim-embed:latest', prompt: 'words' });
    expect(decodeWhole(seen, is.struct({ embedding: is.list(is.number) })).embedding).toHaveLength(64);
  });

  it('pulls a model that is served', async () => {
    const steps = decodeLines(await post('/api/pull', { name: 'sim-chat' }), is.struct({ status: is.string }));
    expect(steps.at(-1)).toEqual({ status: 'success' });
  });
});
