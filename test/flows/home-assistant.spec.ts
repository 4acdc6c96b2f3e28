import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import { pythonChat, pythonList, pythonRunning, pythonSuccess } from './ollama-python.js';
import { decodeLines, decodeWhole, errorOf, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** The settings hold floats, and Python writes them as such. */
const body = (fields: object): string =>
  JSON.stringify({ model: 'sim-chat:latest', stream: true, options: { num_ctx: 8192 }, ...fields }).replace(
    '"num_ctx":8192',
    '"num_ctx":8192.0',
  );

const chat = async (fields: object) => decodeLines(await setup.ask('/api/chat', body(fields)), pythonChat);

describe('Home Assistant', () => {
  it('finds its model and polls lists', async () => {
    const { models } = decodeWhole(await setup.ask('/api/tags'), pythonList);
    expect(models.map(({ model }) => model)).toContain('sim-chat:latest');
    decodeWhole(await setup.ask('/api/ps'), pythonRunning);
  });

  it('pulls a model without a stream, and gets an error for an unknown one', async () => {
    decodeWhole(await setup.ask('/api/pull', { model: 'sim-chat', stream: false }), pythonSuccess);
    expect(errorOf(await setup.ask('/api/pull', { model: 'nope', stream: false }))).toMatch(/does not exist/);
  });

  it.each([-1, '30s', '-1s'])('keeps the model alive for %j', async (keep_alive) => {
    expect((await chat({ messages: [{ role: 'user', content: 'hi' }], keep_alive })).at(-1)?.done).toBe(true);
    const { models } = decodeWhole(await setup.ask('/api/ps'), pythonRunning);
    const left = Number(models.find(({ model }) => model === 'sim-chat:latest')?.expires_at) - Date.now();
    expect(left > 31_000).toBe(keep_alive !== '30s');
  });

  it('controls devices with calls and results without ids', async () => {
    const system = { role: 'system', content: 'You are a voice assistant.' };
    const user = { role: 'user', content: 'Turn off both lamps.' };
    const tools = [tool('HassTurnOff', { name: { type: 'string' } })];
    setup.simulator.next({ toolCalls: 2 });
    const first = await chat({ messages: [system, user], tools });
    const calls = first.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls).toHaveLength(2);
    const messages = [
      system,
      user,
      { role: 'assistant', content: '', tool_calls: calls },
      ...calls.map((_, index) => ({ role: 'tool', content: JSON.stringify({ data: `lamp ${String(index)} is off` }) })),
    ];
    const second = await chat({ messages, tools });
    expect(second.map(({ message }) => message.content ?? '').join('')).toMatch(/lamp 0 is off.*lamp 1 is off/);
  });

  it('gets data that matches the schema of an AI task', async () => {
    const format = {
      type: 'object',
      properties: { lamps: { type: 'integer', minimum: 1 }, room: { type: 'string' } },
      required: ['lamps', 'room'],
    };
    const lines = await chat({ messages: [{ role: 'user', content: 'Count the lamps.' }], format });
    const answer: unknown = JSON.parse(lines.map(({ message }) => message.content ?? '').join(''));
    expect(answer).toEqual({ lamps: expect.any(Number), room: expect.any(String) });
  });

  it('shows the text of an error', async () => {
    const seen = await setup.ask('/api/chat', body({ model: 'nope', messages: [{ role: 'user', content: 'hi' }] }));
    expect([seen.status, errorOf(seen)]).toEqual([404, "model 'nope' not found"]);
  });
});
