import { describe, expect, it } from 'vitest';
import { scripted } from '../support/ask.js';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, PNG, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

const details = is.struct({ context_length: is.nullable(is.number) });
const tags = is.struct({
  models: is.list(
    is.struct({ name: is.string, capabilities: is.nullable(is.list(is.string)), details: is.nullable(details) }),
  ),
});
const show = is.struct({
  parameters: is.nullable(is.string),
  modelfile: is.nullable(is.string),
  capabilities: is.nullable(is.list(is.string)),
  model_info: is.nullable(is.mapOf(is.anything)),
});
const chatLine = is.struct({
  message: is.struct({
    content: is.string,
    tool_calls: is.nullable(
      is.list(
        is.struct({
          id: is.nullable(is.string),
          function: is.struct({ name: is.string, arguments: is.mapOf(is.anything) }),
        }),
      ),
    ),
  }),
  done: is.boolean,
  prompt_eval_count: is.nullable(is.number),
  eval_count: is.nullable(is.number),
});
const running = is.struct({ models: is.list(is.struct({ name: is.string, context_length: is.nullable(is.integer) })) });

describe("Copilot's Ollama.ollama extension", () => {
  it('lists the models by version, tags, recommendations and parallel shows', async () => {
    expect((await setup.ask('/api/version')).status).toBe(200);
    const { models } = decodeWhole(await setup.ask('/api/tags'), tags);
    expect((await setup.ask('/api/experimental/model-recommendations')).status).toBeLessThan(500);
    const shown = await Promise.all(
      models.map(async ({ name }) => decodeWhole(await setup.ask('/api/show', { model: name, verbose: false }), show)),
    );
    const lengths = shown.map(({ model_info: info = {} }) =>
      Object.keys(info).find((key) => key.endsWith('.context_length')),
    );
    expect(lengths.every((key) => key !== undefined)).toBe(true);
    const index = models.findIndex(({ name }) => name === 'sim-vision:latest');
    expect(shown[index]?.capabilities).toEqual(expect.arrayContaining(['tools', 'vision']));
    expect(models[index]?.capabilities).toEqual(shown[index]?.capabilities);
  });

  it('calls two tools, returns results with images by id, and gets the answer', async () => {
    const user = { role: 'user', content: 'Look at both screens.' };
    const tools = [tool('screenshot')];
    const request = { model: 'sim-vision:latest', stream: true, tools, options: { temperature: 0.1 } };
    setup.simulator.next({ toolCalls: 2 });
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), chatLine);
    const calls = first.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls).toHaveLength(2);
    const messages = [
      user,
      {
        role: 'assistant',
        content: '',
        tool_calls: calls.map((call) => ({ id: call.id, function: call.function })),
      },
      ...calls.map(({ id }, index) => ({
        role: 'tool',
        content: `screen ${String(index)}`,
        tool_call_id: id,
        images: [PNG],
      })),
    ];
    setup.simulator.next({ text: 'Two screens.' });
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), chatLine);
    expect(second.map(({ message }) => message.content).join('')).toBe('Two screens.');
    expect(second.at(-1)).toMatchObject({
      done: true,
      prompt_eval_count: expect.any(Number),
      eval_count: expect.any(Number),
    });
    const sent = setup.lastBody().messages as { role: string; content: unknown; tool_call_id?: string }[];
    expect(sent.filter(({ role }) => role === 'tool').map((each) => each.tool_call_id)).toEqual(
      calls.map(({ id }) => id),
    );
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } };
    expect(sent.at(-1)).toEqual({ role: 'user', content: [image, image] });
  });

  it('sees the model as running while it waits for headers', async () => {
    const messages = [scripted({ firstTokenDelayMs: 200 })];
    const chat = setup.ask('/api/chat', { model: 'sim-reason', messages, stream: true });
    const polled: ReturnType<typeof running>[] = [];
    for (const wait of [25, 50, 100]) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      polled.push(decodeWhole(await setup.ask('/api/ps'), running));
    }
    const entry = polled.at(-1)?.models.find(({ name }) => name === 'sim-reason:latest');
    expect(entry?.context_length, 'below this the user is warned').toBeGreaterThanOrEqual(65_536);
    expect(decodeLines(await chat, chatLine).at(-1)?.done).toBe(true);
  });
});
