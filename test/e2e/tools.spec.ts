import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy({ dialect: 'strictest' });

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const chat = (body: object) => setup.ask('/api/chat', { model: 'sim-chat', ...body });

describe('tools', () => {
  it('are complete on one line before the last, with objects as arguments', async () => {
    const { lines } = await chat({
      messages: [{ role: 'user', content: '@sim {"toolCalls":2}\nWeather?' }],
      tools: [weather],
    });
    const withCalls = lines.filter(({ message }) => message?.tool_calls);
    expect(withCalls).toHaveLength(1);
    expect(withCalls[0]).toMatchObject({ done: false, message: { content: '' } });
    expect(lines.indexOf(withCalls[0]!)).toBe(lines.length - 2);
    const calls = withCalls[0]!.message!.tool_calls!;
    expect(calls.map((call) => call.function)).toEqual([
      { index: 0, name: 'get_weather', arguments: { city: expect.any(String) } },
      { index: 1, name: 'get_weather', arguments: { city: expect.any(String) } },
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    expect(lines.at(-1)).toMatchObject({ done: true, done_reason: 'stop' });
  });

  it('run a loop to the final answer without ids or names in the history', async () => {
    const question = { role: 'user', content: 'Weather in Paris?' };
    const first = await chat({ messages: [question], tools: [weather], stream: false });
    const { tool_calls: calls } = first.lines[0]!.message!;
    const history = [
      question,
      {
        role: 'assistant',
        content: '',
        tool_calls: calls!.map((call) => ({
          function: { name: call.function.name, arguments: call.function.arguments },
        })),
      },
      { role: 'tool', content: 'sunny, 21 degrees' },
    ];
    const second = await chat({ messages: history, tools: [weather], stream: false });
    expect(second.status, second.text).toBe(200);
    expect(second.lines[0]?.message?.content).toContain('sunny, 21 degrees');
  });

  it('need a function and may have any type', async () => {
    await chat({
      messages: [{ role: 'user', content: 'hi' }],
      tools: [
        { type: 'local_tool', function: { name: 'raycast', description: 'd', parameters: {} } },
        { type: 'remote_tool', name: 'web' },
      ],
    });
    expect(setup.lastBody().tools).toEqual([
      {
        type: 'function',
        function: { name: 'raycast', description: 'd', parameters: { type: 'object', properties: {} } },
      },
    ]);
    await chat({ messages: [{ role: 'user', content: 'hi' }], tools: [{ type: 'remote_tool', name: 'web' }] });
    expect(setup.lastBody()).not.toHaveProperty('tools');
  });

  it("are refused with Ollama's text if the model list excludes them", async () => {
    const { status, lines } = await setup.ask('/api/chat', {
      model: 'sim-plain',
      messages: [{ role: 'user', content: 'x' }],
      tools: [weather],
    });
    expect([status, lines]).toEqual([
      400,
      [{ error: 'registry.ollama.ai/library/sim-plain:latest does not support tools' }],
    ]);
  });
});

describe('format', () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer' } },
    required: ['name', 'age'],
  };

  it.each([
    ['a schema', { format: schema }],
    ['a schema inside the options', { options: { format: schema } }],
  ])('as %s gives JSON that fits', async (_name, body) => {
    const { lines } = await chat({ messages: [{ role: 'user', content: 'Who?' }], stream: false, ...body });
    expect(JSON.parse(lines[0]!.message!.content)).toEqual({ name: expect.any(String), age: expect.any(Number) });
  });

  it.each(['', null, 'default'])('as %j means none', async (format) => {
    await chat({ messages: [{ role: 'user', content: 'x' }], format });
    expect(setup.lastBody()).not.toHaveProperty('response_format');
  });

  it.each([
    ['xml', String.raw`"\"xml\""`],
    [5, '"5"'],
    [[], '"[]"'],
    [true, '"true"'],
  ])('as %j is refused', async (format, quoted) => {
    const { status, lines } = await chat({ messages: [{ role: 'user', content: 'x' }], format });
    expect([status, lines]).toEqual([
      500,
      [{ error: `invalid format: ${quoted}; expected "json" or a valid JSON Schema object` }],
    ]);
  });
});
