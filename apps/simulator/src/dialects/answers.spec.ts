import { describe, expect, it } from 'vitest';
import {
  dataLines,
  events,
  question,
  send,
  sendJson,
  startSimulator,
  streamText,
  weatherTool,
} from '../../test/support.js';
import type { Json } from '../../test/support.js';
import type { DialectName } from './dialect.js';

async function stream(dialect: DialectName, more: Json = {}, content = 'Hi'): Promise<string> {
  const simulator = await startSimulator({ dialect });
  const { text } = await send(simulator, '/chat/completions', question(content, { stream: true, ...more }));
  return text;
}

const withUsage = { stream_options: { include_usage: true } };

describe('end of a stream', () => {
  it.each([
    ['openai', true],
    ['mistral', true],
    ['cerebras', false],
    ['perplexity', false],
  ] as const)('%s sends [DONE]: %s', async (dialect, done) => {
    expect(dataLines(await stream(dialect)).includes('[DONE]')).toBe(done);
  });

  it.each(['mistral', 'deepseek', 'cerebras', 'fireworks'] as const)(
    '%s counts in the finish chunk, unasked',
    async (dialect) => {
      const last = events(await stream(dialect)).at(-1);
      expect(last?.choices[0].finish_reason).toBe('stop');
      expect(last?.usage.total_tokens).toBeGreaterThan(0);
    },
  );

  it('groq counts three times when asked, and in x_groq always', async () => {
    const [finish, own] = events(await stream('groq', withUsage)).slice(-2);
    expect(finish?.usage).toEqual(own?.usage);
    expect(finish?.x_groq.usage).toEqual(own?.usage);
    expect(events(await stream('groq')).at(-1)).toMatchObject({ x_groq: { usage: {} } });
  });

  it('perplexity counts up in every chunk', async () => {
    const counts = events(await stream('perplexity')).map((event) => event.usage.completion_tokens);
    expect(counts).toEqual([...counts].sort((one, two) => one - two));
    expect(counts[0]).toBe(0);
    expect(counts.at(-1)).toBeGreaterThan(5);
  });

  it.each([
    [{}, -1],
    [withUsage, -1],
  ])('llamacpp sends its timings in the last chunk', async (more, at) => {
    const all = events(await stream('llamacpp', more));
    expect(all.at(at)?.timings.predicted_ms).toBeGreaterThan(0);
    expect(all.filter((event) => event.timings)).toHaveLength(1);
  });

  it.each(['mistral', 'gemini', 'perplexity'] as const)(
    '%s sends the last text with the finish reason',
    async (dialect) => {
      const finish = events(await stream(dialect)).findLast((event) => event.choices[0]?.finish_reason);
      expect(finish?.choices[0].delta.content).toBeTruthy();
    },
  );
});

describe('framing', () => {
  it('of perplexity has CRLF and begins with a ping', async () => {
    const text = await stream('perplexity');
    expect(text).toMatch(/^: ping - .*\r\n\r\ndata: /);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('of deepseek has comments in between', async () => {
    const text = await stream('deepseek', {}, '@sim {"tokens":50}\nHi');
    expect(text.match(/^: keep-alive$/gm)?.length).toBeGreaterThan(3);
    expect(events(text).filter((event) => event.choices[0].delta.content)).toHaveLength(50);
  });
});

describe('reasoning', () => {
  it.each([
    ['lenient', 'reasoning_content'],
    ['deepseek', 'reasoning_content'],
    ['vllm', 'reasoning'],
    ['groq', 'reasoning'],
  ] as const)('%s sends it as %s', async (dialect, field) => {
    const text = await stream(dialect, { model: 'sim-reason' });
    expect(streamText(text, field)).toContain('Let me think');
  });

  it('openai hides it, but counts it', async () => {
    const text = await stream('openai', { model: 'sim-reason', ...withUsage });
    expect(text).not.toContain('Let me think');
    expect(events(text).at(-1)?.usage.completion_tokens_details.reasoning_tokens).toBeGreaterThan(0);
  });

  it('mistral sends it as parts of the content', async () => {
    const contents = events(await stream('mistral', { model: 'sim-reason' })).map(
      (event) => event.choices[0].delta.content,
    );
    const thoughts = contents.filter(Array.isArray).map((parts) => parts[0].thinking[0].text);
    expect(thoughts.join('')).toContain('Let me think');
    const simulator = await startSimulator({ dialect: 'mistral' });
    const json = await sendJson(simulator, '/chat/completions', question('Hi', { model: 'sim-reason' }));
    expect(json.choices[0].message.content.map((part: Json) => part.type)).toEqual(['thinking', 'text']);
  });

  it('perplexity sends it in tags', async () => {
    expect(streamText(await stream('perplexity', { model: 'sim-reason' }))).toMatch(
      /^<think>\n.*\n<\/think>\n\nI read/s,
    );
  });
});

describe('tool calls', () => {
  it.each(['groq', 'cerebras', 'mistral', 'gemini'] as const)('%s sends a whole call at once', async (dialect) => {
    const all = events(await stream(dialect, { tools: [weatherTool] }));
    const [call, ...others] = all.flatMap((event) => event.choices[0].delta.tool_calls ?? []);
    expect(others).toEqual([]);
    expect(JSON.parse(call.function.arguments)).toHaveProperty('city');
  });

  it('mistral sends short ids and the call in the finish chunk', async () => {
    const last = events(await stream('mistral', { tools: [weatherTool] })).at(-1);
    expect(last?.choices[0].finish_reason).toBe('tool_calls');
    expect(last?.choices[0].delta.tool_calls[0].id).toMatch(/^[A-Za-z0-9]{9}$/);
  });

  it.each([
    ['openai', { tools: [weatherTool], tool_choice: { type: 'function', function: { name: 'get_weather' } } }, 'stop'],
    ['openai', { tools: [weatherTool] }, 'tool_calls'],
    ['gemini', { tools: [weatherTool] }, 'stop'],
  ] as const)('%s finishes %j with %s', async (dialect, more, finish) => {
    const last = events(await stream(dialect, more)).findLast((event) => event.choices[0]);
    expect(last?.choices[0].finish_reason).toBe(finish);
  });
});

describe('model lists', () => {
  it.each([
    ['vllm', { max_model_len: 32_768 }],
    ['groq', { context_window: 32_768 }],
    ['mistral', { max_context_length: 32_768, capabilities: { function_calling: true } }],
    ['llamacpp', { meta: { n_ctx: 32_768 } }],
  ] as [DialectName, Json][])('%s has its own field for the context length', async (dialect, fields) => {
    const simulator = await startSimulator({ dialect, catalogue: 'plain' });
    expect(await sendJson(simulator, '/models/sim-chat')).toMatchObject(fields);
  });
});
