import { Ollama, OllamaAgent, OllamaEmbedding } from '@llamaindex/ollama';
import { describe, expect, it } from 'vitest';
import type { Tool } from './support.js';
import * as judge from './support.js';

const setup = judge.withJudge();
const options = (model = 'sim-chat') => ({ model, config: { host: setup.proxy.url } });
const llm = (model?: string) => new Ollama(options(model));

type Messages = Parameters<Ollama['chat']>[0]['messages'];
const user = (content: string): Messages => [{ role: 'user', content }];

const textOf = (content: unknown): string => String(content);

const toTools = (tools: readonly Tool[]) =>
  tools.map(({ name, description, parameters, run }) => ({
    metadata: { name, description, parameters: parameters as never },
    call: run,
  }));

describe('@llamaindex/ollama', () => {
  it('chats', async () => {
    const { message } = await llm().chat({ messages: user(judge.SPOKEN) });
    expect(message).toEqual({ role: 'assistant', content: judge.TEXT });
  });

  it('streams', async () => {
    const parts = await judge.collect(await llm().chat({ messages: user(judge.SPOKEN), stream: true }));
    judge.expectSpoken(parts.map(({ delta }) => delta));
  });

  it('completes prompts', async () => {
    expect((await llm().complete({ prompt: judge.SPOKEN })).text).toBe(judge.TEXT);
    const parts = await judge.collect(await llm().complete({ prompt: judge.SPOKEN, stream: true }));
    judge.expectSpoken(parts.map(({ text }) => text));
  });

  // It sends results as messages of their own, without the calls and without names.
  describe.each([
    ['one tool', judge.ASK_ONE, 1, judge.expectQuoted],
    ['two tools at once', judge.ASK_TWO, 2, judge.expectQuotedNameless],
  ])('loops with %s', (_name, question, count, expectQuoted) => {
    it('by itself', async () => {
      const { all } = judge.makeTools();
      const agent = new OllamaAgent({ llm: llm(), tools: toTools(all) });
      const { message } = await agent.chat({ message: question });
      expectQuoted(textOf(message.content), ...all.slice(0, count));
    });

    it('step by step', async () => {
      const { all } = judge.makeTools();
      const messages = user(question);
      for (;;) {
        const { newMessages, toolCalls } = await llm().exec({ messages, tools: toTools(all) });
        messages.push(...newMessages);
        if (toolCalls.length === 0) break;
      }
      expectQuoted(textOf(messages.at(-1)?.content), ...all.slice(0, count));
    });

    // It looks for calls in the first line of a stream only.
    it('in streams', async () => {
      const { all } = judge.makeTools();
      const messages = user(question);
      for (;;) {
        const turn = await llm().exec({ messages, tools: toTools(all), stream: true });
        await judge.collect(turn.stream);
        messages.push(...turn.newMessages());
        if (turn.toolCalls.length === 0) break;
      }
      expectQuoted(textOf(messages.at(-1)?.content), ...all.slice(0, count));
    });
  });

  it('gets an object', async () => {
    const { message } = await llm().chat({ messages: user('Who?'), responseFormat: judge.person });
    expect(judge.person.parse(JSON.parse(textOf(message.content)))).toBeDefined();
    const { object } = await llm().exec({ messages: user('Who?'), responseFormat: judge.person });
    expect(judge.person.parse(object)).toBeDefined();
  });

  it('keeps thinking out of the text', async () => {
    const { message } = await llm('sim-reason').chat({ messages: user('Why?') });
    expect(message.content).toMatch(/^I read/);
  });

  it('embeds one text per call', async () => {
    const embedding = new OllamaEmbedding(options('sim-embed'));
    const vectors = await embedding.getTextEmbeddings(['one', 'two', 'three']);
    expect(vectors.map((vector) => vector.length)).toEqual([64, 64, 64]);
    expect(vectors[0]).toEqual(await embedding.getTextEmbedding('one'));
  });

  it('reports errors', async () => {
    await expect(llm('nope').chat({ messages: user('x') })).rejects.toThrow("model 'nope' not found");
    const stream = await llm().chat({ messages: user(judge.BROKEN), stream: true });
    await expect(judge.collect(stream)).rejects.toThrow('Lost the GPU');
    await expect(new OllamaEmbedding(options('nope')).getTextEmbedding('x')).rejects.toThrow('not found');
  });

  it('leaves', async () => {
    const model = llm();
    const reading = (async () => {
      const stream = await model.chat({ messages: user(judge.ENDLESS), stream: true });
      for await (const { delta } of stream) if (delta !== '') model.ollama.abort();
    })();
    await expect(reading).rejects.toThrow(/abort/i);
    expect(await setup.freed()).toBe(true);
  });
});
