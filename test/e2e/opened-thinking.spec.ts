import { describe, expect, it } from 'vitest';
import type { Line, Seen } from '../support/ask.js';
import type { ScriptedUpstream } from '../support/scripted-upstream.js';
import { chatAnswer, chatEvents, withUpstream } from '../support/scripted-upstream.js';

const QUESTION = { role: 'user', content: 'Hi' };

/** An upstream with chat completions alone, whose chat template opens the thinking: answers only close it. */
function behind(
  textOf: (body: Record<string, unknown>) => string,
  size = 3,
  environment: Record<string, string> = {},
): Promise<ScriptedUpstream> {
  return withUpstream(({ path, body }) => {
    if (!path.endsWith('/chat/completions')) return [404, { error: { message: 'no such path' } }];
    return body.stream === true ? chatEvents(textOf(body), size) : chatAnswer(textOf(body));
  }, environment);
}

const chat = (upstream: ScriptedUpstream, more: object = {}): Promise<Seen> =>
  upstream.ask('/api/chat', { model: 'm', messages: [QUESTION], ...more });

const joined = (lines: readonly Line[]): { thinking: string; content: string } => ({
  thinking: lines.map(({ message }) => message?.thinking ?? '').join(''),
  content: lines.map(({ message }) => message?.content ?? '').join(''),
});

const shown = async (upstream: ScriptedUpstream): Promise<string> =>
  (await upstream.ask('/api/show', { model: 'm', verbose: true })).text;

describe('answers that begin inside of their thinking', () => {
  it.each([
    ['</think>', 1],
    ['</think>', 2],
    ['</thinking>', 5],
    ['[/THINK]', 100],
  ])('are taken apart after the first stream: %s in pieces of %i', async (closing, size) => {
    const upstream = await behind(() => `Greet.\n${closing}\n\nHello.`, size);
    expect(joined((await chat(upstream)).lines).content).toContain('Hello.');
    for (let time = 0; time < 2; time += 1)
      expect(joined((await chat(upstream)).lines)).toEqual({ thinking: 'Greet.\n\n\n', content: 'Hello.' });
    expect(await shown(upstream)).toContain(`opened-thinking: on → ${closing} (expires in `);
    expect(upstream.calls).toHaveLength(3);
  });

  it('are taken apart at once in whole answers, which streams learn from', async () => {
    const upstream = await behind(() => 'Greet.</think>\nHello.');
    const { lines } = await chat(upstream, { stream: false });
    expect(lines[0]?.message).toMatchObject({ content: 'Hello.', thinking: 'Greet.' });
    expect(joined((await chat(upstream)).lines)).toEqual({ thinking: 'Greet.\n', content: 'Hello.' });
    const { text } = await upstream.ask('/v1/messages', {
      model: 'm',
      max_tokens: 100,
      stream: true,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      messages: [QUESTION],
    });
    expect(text).toMatch(/"thinking_delta","thinking":"Greet/);
    expect(text).not.toContain('</think>');
  });

  it('are content where thinking is off and the template does not open it', async () => {
    const upstream = await behind(
      ({ chat_template_kwargs: settings }) =>
        JSON.stringify(settings ?? {}).includes('"enable_thinking":false') ? 'Hello.' : 'Greet.</think>\nHello.',
      3,
      { UPSTREAM_DIALECT: 'vllm' },
    );
    await chat(upstream, { think: true });
    expect(joined((await chat(upstream, { think: false })).lines)).toEqual({ thinking: '', content: 'Hello.' });
    expect(joined((await chat(upstream, { think: true })).lines)).toEqual({ thinking: 'Greet.\n', content: 'Hello.' });
  });

  it('are forgotten when an answer has no closing mark, which then has content all the same', async () => {
    let text = 'Greet.</think>\nHello.';
    const upstream = await behind(() => text);
    await chat(upstream);
    text = 'Hello again.';
    expect(joined((await chat(upstream)).lines).content).toBe('Hello again.');
    expect(await shown(upstream)).not.toContain('opened-thinking');
    expect(joined((await chat(upstream)).lines)).toEqual({ thinking: '', content: 'Hello again.' });
  });

  it.each([1, 2, 5, 100])(
    'are learned from a mark inside of a line by two conversations: pieces of %i',
    async (size) => {
      const upstream = await behind(() => 'Greet.</think>Hello.', size);
      const asked = (content: string): Promise<Seen> => chat(upstream, { messages: [{ role: 'user', content }] });
      for (let time = 0; time < 2; time += 1)
        expect(joined((await asked('Hi')).lines)).toEqual({ thinking: '', content: 'Greet.</think>Hello.' });
      expect(await shown(upstream)).not.toContain('opened-thinking');
      await asked('Good morning');
      expect(await shown(upstream)).toContain('opened-thinking');
      expect(joined((await asked('Hi')).lines)).toEqual({ thinking: 'Greet.', content: 'Hello.' });
    },
  );

  it.each([true, false])('are not learned from a sentence with the mark: stream %s', async (stream) => {
    const text = 'Reasoning models end their thoughts with </think> and then answer.';
    const upstream = await behind(() => text);
    for (const content of ['How do they end?', 'And how exactly?'])
      expect(joined((await chat(upstream, { stream, messages: [{ role: 'user', content }] })).lines)).toEqual({
        thinking: '',
        content: text,
      });
    expect(await shown(upstream)).not.toContain('opened-thinking');
  });

  const calls = [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }];

  it.each([1, 3, 100])('have content where `length` ends them; calls refute them: pieces of %i', async (size) => {
    let answer = chatEvents('Greet.\n</think>\nHello.', size);
    const upstream = await withUpstream(({ path }) =>
      path.endsWith('/chat/completions') ? answer : [404, { error: { message: 'no such path' } }],
    );
    await chat(upstream);
    answer = chatEvents('Hello ag', size, 'length');
    const { lines } = await chat(upstream);
    expect(joined(lines)).toEqual({ thinking: 'Hello ag', content: 'Hello ag' });
    expect(lines.at(-1)?.done_reason).toBe('length');
    expect(await shown(upstream)).toContain('opened-thinking');
    answer = chatEvents('I look it up.', size, 'tool_calls', { tool_calls: calls });
    expect(joined((await chat(upstream)).lines)).toEqual({ thinking: 'I look it up.', content: '' });
    expect(await shown(upstream)).not.toContain('opened-thinking');
    expect(joined((await chat(upstream)).lines)).toEqual({ thinking: '', content: 'I look it up.' });
  });

  it('are not learned from a mark that the client has mentioned', async () => {
    const upstream = await behind(() => 'foo</think>\nbar');
    const messages = [{ role: 'user', content: 'Repeat: foo</think>\nbar' }];
    await chat(upstream, { messages });
    expect(await shown(upstream)).not.toContain('opened-thinking');
  });

  it('are not learned from texts of /api/generate that are raw', async () => {
    const upstream = await withUpstream(
      () => 'data: {"choices":[{"text":"a</think>b","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    );
    const { lines } = await upstream.ask('/api/generate', { model: 'm', prompt: 'x', raw: true });
    expect(lines.map(({ response }) => response ?? '').join('')).toBe('a</think>b');
    expect(await shown(upstream)).not.toContain('opened-thinking');
  });
});
