import { describe, expect, it } from 'vitest';
import type { Answer, UpstreamCall } from '../support/scripted-upstream.js';
import { chatAnswer, withUpstream } from '../support/scripted-upstream.js';

interface Message {
  role: string;
  content: string | null;
}

/** A character is a token for this upstream. */
const sizeOf = ({ messages, prompt }: UpstreamCall['body']): number =>
  typeof prompt === 'string'
    ? prompt.length
    : (messages as Message[]).reduce((sum, { content }) => sum + (content ?? '').length, 0);

const limitedTo =
  (max: number, text: (size: number) => string) =>
  ({ body }: UpstreamCall): Answer =>
    sizeOf(body) > max
      ? [400, { error: { message: text(sizeOf(body)), code: 'x' } }]
      : 'prompt' in body
        ? { choices: [{ text: 'fine', finish_reason: 'stop' }] }
        : chatAnswer('fine');

const withNumbers = (size: number): string => `prompt is too long: ${size} tokens > 2000 maximum`;
const withoutNumbers = (): string => 'Input is too long for requested model.';

const messages = [
  { role: 'system', content: 'Be brief.' },
  ...Array.from({ length: 30 }, (_, at) => ({
    role: at % 2 ? 'assistant' : 'user',
    content: `${at} `.padEnd(100, 'x'),
  })),
  { role: 'user', content: 'And now?' },
];
const chat = { model: 'm', stream: false, messages };

describe('a conversation that is too long for the model', () => {
  it.each([
    ['with numbers', withNumbers, 2],
    ['without numbers', withoutNumbers, 2],
  ])('is shortened after a rejection %s', async (_name, text, calls) => {
    const upstream = await withUpstream(limitedTo(2000, text));
    const { status, lines } = await upstream.ask('/api/chat', chat);
    expect([status, lines[0]?.message?.content]).toEqual([200, 'fine']);
    expect(upstream.calls).toHaveLength(calls);
    const sent = upstream.calls.at(-1)!.body.messages as Message[];
    expect(sent[0]).toEqual(messages[0]);
    expect(sent[1]!.role).toBe('user');
    expect(sent.at(-1)).toEqual(messages.at(-1));
    const shown = await upstream.ask('/api/show', { model: 'm', verbose: true });
    expect(shown.text).toMatch(/conversations shortened since the start: 1 \(\d+ messages and 0 characters left out\)/);
    const metrics = await upstream.ask('/metrics');
    expect(metrics.text).toContain('llmproxy_shortened_conversations_total{upstream="default"} 1');
  });

  it('is shortened at most twice', async () => {
    const upstream = await withUpstream(limitedTo(5, withoutNumbers));
    const { status, lines } = await upstream.ask('/api/chat', chat);
    expect([status, lines[0]?.error]).toEqual([400, withoutNumbers()]);
    expect(upstream.calls).toHaveLength(3);
  });

  it('does not shorten the next one that fits', async () => {
    const upstream = await withUpstream(limitedTo(2000, withNumbers));
    await upstream.ask('/api/chat', chat);
    const short = { ...chat, messages: messages.slice(0, 12) };
    await upstream.ask('/api/chat', short);
    expect(upstream.calls.at(-1)!.body.messages).toHaveLength(12);
  });

  it.each(['/api/chat', '/api/generate'])(
    'is an error in the words of Ollama with truncate false: %s',
    async (path) => {
      const upstream = await withUpstream(limitedTo(2000, withNumbers));
      const { status, lines } = await upstream.ask(path, { ...chat, prompt: 'x'.repeat(3000), truncate: false });
      expect(status).toBe(400);
      expect(lines[0]?.error).toMatch(/^the prompt is longer than the context length currently available to the model/);
      expect(upstream.calls).toHaveLength(1);
    },
  );

  it('is a prompt of /api/generate as well: its middle is cut', async () => {
    for (const more of [{}, { raw: true }]) {
      const upstream = await withUpstream(limitedTo(2000, withNumbers));
      const prompt = `Summarize: ${'x'.repeat(3000)} the end`;
      const { status, lines } = await upstream.ask('/api/generate', { model: 'm', stream: false, prompt, ...more });
      expect([status, lines[0]?.response]).toEqual([200, 'fine']);
      const { body } = upstream.calls.at(-1)!;
      const sent = (body.prompt as string | undefined) ?? (body.messages as Message[])[0]!.content;
      expect(sent).toMatch(/^Summarize: x+ the end$/);
    }
  });

  it('is an error of the upstream on /v1: such clients shorten it themselves', async () => {
    const upstream = await withUpstream(limitedTo(2000, withNumbers));
    const { status, text } = await upstream.ask('/v1/chat/completions', chat);
    expect(status).toBe(400);
    expect(text).toContain('prompt is too long');
    expect(upstream.calls).toHaveLength(1);
  });
});

describe('a model without chat template', () => {
  const rejection = 'Cannot use chat template functions because tokenizer.chat_template is not set';
  const answer = ({ path }: UpstreamCall): Answer =>
    path === '/v1/completions'
      ? { choices: [{ text: ' All fine.', finish_reason: 'stop' }] }
      : [400, { error: { message: rejection, type: 'BadRequestError' } }];

  it('gets text completions, and after the first request only these', async () => {
    const upstream = await withUpstream(answer);
    const generate = { model: 'm', stream: false, prompt: 'San Francisco is', options: { num_predict: 5 } };
    const { status, lines } = await upstream.ask('/api/generate', generate);
    expect([status, lines[0]?.response, lines[0]?.done]).toEqual([200, ' All fine.', true]);
    const chatted = await upstream.ask('/api/chat', { ...chat, messages: [{ role: 'user', content: 'Once' }] });
    expect(chatted.lines[0]?.message?.content).toBe(' All fine.');
    expect(upstream.calls.map(({ path }) => path)).toEqual([
      '/v1/chat/completions',
      '/v1/completions',
      '/v1/completions',
    ]);
    expect(upstream.calls[1]!.body).toEqual({ model: 'm', prompt: 'San Francisco is', max_tokens: 5 });
  });

  it('cannot use tools', async () => {
    const upstream = await withUpstream(answer);
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
    const { status, lines } = await upstream.ask('/api/chat', { ...chat, tools });
    expect([status, lines[0]?.error]).toEqual([400, rejection]);
  });

  it('stays an error on /v1/chat/completions, without a second call', async () => {
    const upstream = await withUpstream(answer);
    expect((await upstream.ask('/v1/chat/completions', chat)).status).toBe(400);
    expect(upstream.calls).toHaveLength(1);
  });
});
