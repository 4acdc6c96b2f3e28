import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import {
  anything,
  boolean,
  decodeLines,
  decodeWhole,
  digest,
  list,
  mapOf,
  number,
  oneOf,
  optional,
  string,
  struct,
} from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** It lets the runtime label its JSON, which says text/plain. */
const plain = { headers: { 'content-type': 'text/plain;charset=UTF-8', authorization: 'Basic YTpi' } };
const post = (path: string, body: object) => setup.ask(path, JSON.stringify(body), plain);

const details = struct({ format: string, family: string, parameter_size: string, quantization_level: string });
const tags = struct({ models: list(struct({ name: string, digest, size: number, details })) });
const running = struct({ models: list(struct({ name: string, size_vram: number, expires_at: string })) });
const show = struct({
  license: optional(string),
  modelfile: string,
  parameters: optional(string),
  template: string,
  capabilities: list(string),
  model_info: mapOf(anything),
});
/** Lines that fail its guards are skipped, and with them their text. */
const line = struct({
  model: string,
  created_at: string,
  message: struct({ role: oneOf('assistant'), content: string }),
  done: boolean,
});
const generated = struct({ model: string, created_at: string, response: string, done: boolean });

describe('the Raycast extension', () => {
  it('shows the models and what runs', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags', undefined, plain), tags);
    for (const { name } of models) {
      const { capabilities } = decodeWhole(await post('/api/show', { name }), show);
      expect(capabilities.some((each) => each === 'completion' || each === 'embedding')).toBe(true);
    }
    decodeWhole(await setup.ask('/api/ps', undefined, plain), running);
  });

  it('chats and generates with JSON that is not labelled as such', async () => {
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

  it('embeds on the old route', async () => {
    const seen = await post('/api/embeddings', { model: 'sim-embed:latest', prompt: 'words' });
    expect(decodeWhole(seen, struct({ embedding: list(number) })).embedding).toHaveLength(64);
  });

  it('pulls a model that is served', async () => {
    const steps = decodeLines(await post('/api/pull', { name: 'sim-chat' }), struct({ status: string }));
    expect(steps.at(-1)).toEqual({ status: 'success' });
  });
});
