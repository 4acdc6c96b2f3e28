import { describe, expect, it } from 'vitest';
import {
  events,
  pngPart,
  question,
  send,
  sendJson,
  startSimulator,
  streamText,
  weatherTool,
} from '../../test/support.js';
import type { Json } from '../../test/support.js';

const path = '/chat/completions';

describe('text', () => {
  it('is the same in a stream and in JSON, and each time', async () => {
    const [one, two] = [await startSimulator(), await startSimulator()];
    const json = await sendJson(one, path, question('Wie geht’s?'));
    const { text } = await send(two, path, question('Wie geht’s?', { stream: true }));
    expect(streamText(text)).toBe(json.choices[0].message.content);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('depends on the seed of the simulator and of the request', async () => {
    const [one, two] = [await startSimulator(), await startSimulator({ seed: 2 })];
    const texts = [
      await sendJson(one, path, question('Hi')),
      await sendJson(one, path, question('Hi', { seed: 5 })),
      await sendJson(two, path, question('Hi')),
    ].map((answer) => answer.choices[0].message.content);
    expect(new Set(texts).size).toBe(3);
  });

  it('has the number of messages, the last user text and the images', async () => {
    const simulator = await startSimulator();
    const messages = [
      { role: 'system', content: 'Be kind' },
      { role: 'user', content: [{ type: 'text', text: 'What is this?' }, pngPart] },
    ];
    const answer = await sendJson(simulator, path, { model: 'sim-vision', messages });
    const { content } = answer.choices[0].message;
    expect(content).toContain('I read 2 messages');
    expect(content).toContain('1 image (image/png)');
    expect(content).toContain('"What is this?"');
    expect(content).toMatch(/[^\x00-\x7f]/);
  });

  it.each([
    ['sim-plain', { tools: [weatherTool] }],
    ['sim-chat', { messages: [{ role: 'user', content: [pngPart] }] }],
  ])('refuses what %s cannot do', async (model, more) => {
    const simulator = await startSimulator();
    const { status, text } = await send(simulator, path, question('Hi', { model, ...more }));
    expect(status).toBe(400);
    expect(text).toContain('does not support');
  });
});

describe('limits', () => {
  it.each(['max_tokens', 'max_completion_tokens'])('honours %s', async (field) => {
    const simulator = await startSimulator();
    const answer = await sendJson(simulator, path, question('Hi', { [field]: 5 }));
    expect(answer.choices[0].finish_reason).toBe('length');
    expect(answer.usage.completion_tokens).toBe(5);
  });

  it('cuts at the first stop sequence', async () => {
    const simulator = await startSimulator();
    simulator.next({ text: 'one two three four' });
    const answer = await sendJson(simulator, path, question('Hi', { stop: ['four', ' three'] }));
    expect(answer.choices[0]).toMatchObject({ message: { content: 'one two' }, finish_reason: 'stop' });
    expect(answer.usage.completion_tokens).toBe(2);
  });

  it('cuts tool arguments in the middle', async () => {
    const simulator = await startSimulator();
    const answer = await sendJson(simulator, path, question('Hi', { tools: [weatherTool], max_tokens: 1 }));
    expect(answer.choices[0].finish_reason).toBe('length');
    expect(() => JSON.parse(answer.choices[0].message.tool_calls[0].function.arguments)).toThrow();
  });
});

describe('usage', () => {
  it('is always in JSON and adds up', async () => {
    const simulator = await startSimulator();
    const { usage } = await sendJson(simulator, path, question('one two three'));
    expect(usage.prompt_tokens).toBe(6);
    expect(usage.total_tokens).toBe(Number(usage.prompt_tokens) + Number(usage.completion_tokens));
  });

  it('is in a stream only when asked for', async () => {
    const simulator = await startSimulator();
    const silent = await send(simulator, path, question('Hi', { stream: true }));
    expect(silent.text).not.toContain('usage');
    const asked = await send(
      simulator,
      path,
      question('Hi', { stream: true, stream_options: { include_usage: true } }),
    );
    const last = events(asked.text).at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage.completion_tokens).toBe(events(asked.text).length - 3);
  });
});

describe('reasoning', () => {
  const body = (more: Json) => question('Hi', { model: 'sim-reason', ...more });

  it('comes first and counts', async () => {
    const simulator = await startSimulator();
    const { text } = await send(simulator, path, body({ stream: true, stream_options: { include_usage: true } }));
    const kinds = events(text).flatMap((event) => Object.keys(event.choices[0]?.delta ?? {}));
    expect(kinds.lastIndexOf('reasoning_content')).toBeLessThan(kinds.indexOf('content', 2));
    expect(events(text).at(-1)?.usage.completion_tokens_details.reasoning_tokens).toBeGreaterThan(3);
  });

  it('is longer with more effort', async () => {
    const simulator = await startSimulator();
    const tokens = async (effort: string) =>
      (await sendJson(simulator, path, body({ reasoning_effort: effort }))).usage.completion_tokens_details
        .reasoning_tokens;
    expect(await tokens('high')).toBeGreaterThan(await tokens('low'));
  });

  it.each([
    { reasoning_effort: 'none' },
    { chat_template_kwargs: { enable_thinking: false } },
    { thinking: { type: 'disabled' } },
    { reasoning: { enabled: false } },
  ])('is off with %j', async (more) => {
    const simulator = await startSimulator();
    const answer = await sendJson(simulator, path, body(more));
    expect(answer.choices[0].message).not.toHaveProperty('reasoning_content');
    expect(answer.choices[0].message.content).not.toBe('');
  });
});
