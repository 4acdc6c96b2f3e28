import { describe, expect, it } from 'vitest';
import { events, question, send, sendJson, startSimulator, streamText, weatherTool } from '../../test/support.js';
import type { Json } from '../../test/support.js';

const path = '/chat/completions';

describe('tools', () => {
  const tools = [weatherTool, { type: 'function', function: { name: 'get_time' } }];

  it('calls a tool in fragments, and quotes its result afterwards', async () => {
    const simulator = await startSimulator();
    const first = await send(simulator, path, question('Weather?', { tools, stream: true }));
    const fragments = events(first.text).flatMap((event) => event.choices[0].delta.tool_calls ?? []);
    expect(fragments[0]).toMatchObject({
      index: 0,
      type: 'function',
      function: { name: 'get_weather', arguments: '' },
    });
    expect(fragments[0].id).toMatch(/^call_/);
    expect(fragments.length).toBeGreaterThan(2);
    const json = fragments.map((fragment) => fragment.function.arguments).join('');
    expect(JSON.parse(json).city).toBeTypeOf('string');
    expect(events(first.text).at(-1)?.choices[0].finish_reason).toBe('tool_calls');

    const call = { id: fragments[0].id, type: 'function', function: { name: 'get_weather', arguments: json } };
    const messages = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: '21 degrees' },
    ];
    const second = await sendJson(simulator, path, { model: 'sim-chat', messages, tools });
    expect(second.choices[0].message.content).toContain('The tool get_weather says: "21 degrees"');
    const again = await sendJson(simulator, path, {
      model: 'sim-chat',
      messages: [...messages, { role: 'user', content: 'More?' }],
      tools,
    });
    expect(again.choices[0].message.tool_calls[0].id).not.toBe(call.id);
  });

  it.each([
    [{ tool_choice: 'none' }, []],
    [{ tool_choice: 'required' }, ['get_weather']],
    [{ tool_choice: { type: 'function', function: { name: 'get_time' } } }, ['get_time']],
    [{ messages: [{ role: 'user', content: 'Use get_time and get_weather' }] }, ['get_weather', 'get_time']],
    [
      { messages: [{ role: 'user', content: 'Use get_time and get_weather' }], parallel_tool_calls: false },
      ['get_weather'],
    ],
  ])('chooses by %j', async (more, names) => {
    const simulator = await startSimulator();
    const answer = await sendJson(simulator, path, question('Hi', { tools, ...more }));
    const calls = answer.choices[0].message.tool_calls ?? [];
    expect(calls.map((call: Json) => call.function.name)).toEqual(names);
  });
});

describe('structured output', () => {
  it('is a JSON object', async () => {
    const simulator = await startSimulator();
    const answer = await sendJson(simulator, path, question('Give JSON', { response_format: { type: 'json_object' } }));
    expect(JSON.parse(answer.choices[0].message.content)).toMatchObject({ said: 'Give JSON' });
  });

  it('satisfies a schema', async () => {
    const simulator = await startSimulator();
    const schema = {
      type: 'object',
      properties: { age: { type: 'integer', minimum: 18, maximum: 20 } },
      required: ['age'],
    };
    const format = { type: 'json_schema', json_schema: { name: 'person', schema } };
    const { text } = await send(simulator, path, question('Who?', { response_format: format, stream: true }));
    expect([18, 19, 20]).toContain(JSON.parse(streamText(text)).age);
  });
});

describe('log probabilities', () => {
  it('are there for each token', async () => {
    const simulator = await startSimulator();
    const answer = await sendJson(simulator, path, question('Hi', { logprobs: true, top_logprobs: 2 }));
    const { content } = answer.choices[0].logprobs;
    expect(content.map((entry: Json) => entry.token).join('')).toBe(answer.choices[0].message.content);
    expect(content[0].top_logprobs).toHaveLength(2);
    expect(Buffer.from(content[0].bytes).toString()).toBe(content[0].token);
    expect(content[0].logprob).toBeLessThanOrEqual(0);
  });

  it('come with their token in a stream', async () => {
    const simulator = await startSimulator();
    const { text } = await send(simulator, path, question('Hi', { logprobs: true, stream: true }));
    const tokens = events(text).flatMap((event) => event.choices[0].logprobs?.content ?? []);
    expect(tokens.map((entry: Json) => entry.token).join('')).toBe(streamText(text));
  });
});
