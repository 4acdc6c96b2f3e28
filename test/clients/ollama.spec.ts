import type { ChatRequest, Message } from 'ollama';
import { Ollama } from 'ollama';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tool } from './support.js';
import * as judge from './support.js';

const setup = judge.withJudge();
let client: Ollama;
beforeAll(() => {
  client = new Ollama({ host: setup.proxy.url });
});

const user = (content: string): Message => ({ role: 'user', content });
const ask = (content: string, more: Partial<ChatRequest> = {}, model = 'sim-chat') =>
  client.chat({ ...more, model, messages: [user(content)], stream: false });

describe('ollama', () => {
  it('chats', async () => {
    const answer = await ask(judge.SPOKEN);
    expect(answer.message).toEqual({ role: 'assistant', content: judge.TEXT });
    expect(answer).toMatchObject({ model: 'sim-chat', done: true, done_reason: 'stop' });
    for (const name of ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'] as const) {
      expect(answer[name]).toBeGreaterThan(0);
    }
    expect([answer.prompt_eval_count > 0, answer.eval_count > 0]).toEqual([true, true]);
  });

  it('streams', async () => {
    const parts = await judge.collect(
      await client.chat({ model: 'sim-chat', messages: [user(judge.SPOKEN)], stream: true }),
    );
    judge.expectSpoken(parts.map(({ message }) => message.content));
    expect(parts.map(({ done }) => done)).toEqual([...parts.slice(1).map(() => false), true]);
    expect(parts.at(-1)?.message).toEqual({ role: 'assistant', content: '' });
  });

  describe.each([true, false])('calls tools (stream: %s)', (stream) => {
    const turn = async (messages: Message[], tools: Tool[]): Promise<Message> => {
      const request = { model: 'sim-chat', messages, tools: tools.map(({ definition }) => definition) };
      if (!stream) return (await client.chat({ ...request, stream: false })).message;
      const parts = (await judge.collect(await client.chat({ ...request, stream: true }))).map(
        ({ message }) => message,
      );
      const calling = parts.filter(({ tool_calls: calls }) => calls !== undefined);
      expect(calling.length).toBeLessThanOrEqual(1);
      return calling[0] ?? { role: 'assistant', content: parts.map(({ content }) => content).join('') };
    };
    const loop = async (question: string, tools: Tool[]) => {
      const messages = [user(question)];
      for (;;) {
        const message = await turn(messages, tools);
        messages.push(message);
        if (!message.tool_calls) return { messages, answer: message.content };
        for (const { function: call } of message.tool_calls) {
          const tool = tools.find(({ name }) => name === call.name)!;
          messages.push({ role: 'tool', tool_name: call.name, content: tool.run(call.arguments) });
        }
      }
    };

    it('one', async () => {
      const { weather, all } = judge.makeTools();
      const { answer, messages } = await loop(judge.ASK_ONE, all);
      judge.expectQuoted(answer, weather);
      expect(messages).toHaveLength(4);
    });

    it('two at once', async () => {
      const { all } = judge.makeTools();
      const { answer, messages } = await loop(judge.ASK_TWO, all);
      judge.expectQuoted(answer, ...all);
      expect(messages).toHaveLength(5);
    });
  });

  it('gets JSON', async () => {
    const answer = await ask('Who?', { format: 'json' });
    expect(JSON.parse(answer.message.content)).toBeTypeOf('object');
    const fitting = await ask('Who?', { format: judge.personSchema });
    expect(judge.person.parse(JSON.parse(fitting.message.content))).toBeDefined();
  });

  it('enables and disables thinking', async () => {
    const whole = await ask('Why?', { think: true }, 'sim-reason');
    expect(whole.message.thinking).toMatch(/Let me think/);
    expect(whole.message.content).toContain('You said: "Why?"');
    expect((await ask('Why?', { think: false }, 'sim-reason')).message).not.toHaveProperty('thinking');
    const parts = await judge.collect(
      await client.chat({ model: 'sim-reason', messages: [user('Why?')], think: 'high', stream: true }),
    );
    const kinds = parts.slice(0, -1).map(({ message }) => [message.thinking, message.content].map(Boolean));
    expect(new Set(kinds.map(String))).toEqual(new Set(['true,false', 'false,true']));
  });

  it('sends images', async () => {
    for (const image of [judge.PNG, new Uint8Array(Buffer.from(judge.PNG, 'base64'))]) {
      const messages = [{ ...user('What is it?'), images: [image] as string[] | Uint8Array[] }];
      const answer = await client.chat({ model: 'sim-vision', messages });
      expect(answer.message.content).toContain(judge.SEEN);
    }
  });

  it('reports errors', async () => {
    await expect(ask('x', {}, 'nope')).rejects.toMatchObject({
      name: 'ResponseError',
      status_code: 404,
      message: "model 'nope' not found",
    });
    const seen: string[] = [];
    const broken = (async () => {
      const stream = await client.chat({ model: 'sim-chat', messages: [user(judge.BROKEN)], stream: true });
      for await (const { message } of stream) seen.push(message.content);
    })();
    await expect(broken).rejects.toThrow('Lost the GPU');
    expect(judge.TEXT.startsWith(seen.join('')) && seen.join('') !== '').toBe(true);
  });

  it('leaves', async () => {
    const stream = await client.chat({ model: 'sim-chat', messages: [user(judge.ENDLESS)], stream: true });
    const reading = (async () => {
      for await (const { message } of stream) if (message.content !== '') stream.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(await setup.freed()).toBe(true);
  });
});
