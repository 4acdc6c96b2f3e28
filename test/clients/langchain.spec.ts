import type { BaseMessage } from '@langchain/core/messages';
import { HumanMessage } from '@langchain/core/messages';
import { DynamicStructuredTool } from '@langchain/core/tools';
import * as today from '@langchain/ollama';
import * as old from 'lc-ollama-1-0';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import * as judge from './support.js';

const setup = judge.withJudge();

/** 1.0.2, as n8n shipped it, drops the calls of earlier turns, so that results come alone, and takes thinking for text. */
const VERSIONS = [
  ['1.3.0', today],
  ['1.0.2', old as unknown as typeof today],
] as const;

describe.each(VERSIONS)('@langchain/ollama %s', (version, { ChatOllama, Ollama, OllamaEmbeddings }) => {
  const chat = (fields: today.ChatOllamaInput = {}) =>
    new ChatOllama({ baseUrl: setup.proxy.url, model: 'sim-chat', maxRetries: 0, ...fields });

  it('invokes', async () => {
    const message = await chat().invoke(judge.SPOKEN);
    expect(message.content).toBe(judge.TEXT);
    expect(message.response_metadata).toMatchObject({ model: 'sim-chat', done_reason: 'stop' });
    expect(message.usage_metadata).toMatchObject({ output_tokens: expect.any(Number) });
  });

  it('streams and calls its callbacks', async () => {
    const tokens: string[] = [];
    const callbacks = [{ handleLLMNewToken: (token: string) => void tokens.push(token) }];
    const chunks = await judge.collect(await chat().stream(judge.SPOKEN, { callbacks }));
    judge.expectSpoken(chunks.map(({ text }) => text));
    judge.expectSpoken(tokens);
  });

  it.each([
    ['one tool', judge.ASK_ONE, 1],
    ['two tools at once', judge.ASK_TWO, 2],
  ])('is an agent with %s', async (_name, question, count) => {
    const { all } = judge.makeTools();
    const tools = all.map(
      ({ name, description, schema, run }) =>
        new DynamicStructuredTool({
          name,
          description,
          schema: schema as z.ZodObject,
          func: (input) => Promise.resolve(run(input)),
        }),
    );
    const agent = chat().bindTools(tools);
    const history: BaseMessage[] = [new HumanMessage(question)];
    for (;;) {
      const message = await agent.invoke(history);
      history.push(message);
      if (!message.tool_calls?.length) break;
      for (const call of message.tool_calls) {
        history.push(await tools.find(({ name }) => name === call.name)!.invoke({ ...call, type: 'tool_call' }));
      }
    }
    const expectQuoted = version === '1.3.0' || count === 1 ? judge.expectQuoted : judge.expectQuotedNameless;
    expectQuoted(history.at(-1)!.text, ...all.slice(0, count));
    expect(history).toHaveLength(3 + count);
    const sent = setup.lastBody().messages as { tool_calls?: unknown[] }[];
    expect(sent[1]?.tool_calls).toHaveLength(count);
  });

  // 1.0.2 offers the schema as a tool and asks for JSON of any form beside it; it cannot do the other methods.
  it.each(version === '1.3.0' ? (['jsonSchema', 'functionCalling'] as const) : (['jsonSchema'] as const))(
    'gets an object by %s',
    async (method) => {
      const model = chat().withStructuredOutput(judge.person, { name: 'person', method });
      expect(judge.person.parse(await model.invoke('Who?'))).toBeDefined();
    },
  );

  it('gets JSON', async () => {
    const message = await chat({ format: 'json' }).invoke('Who?');
    expect(JSON.parse(message.text)).toMatchObject({ said: 'Who?' });
    if (version === '1.0.2') return;
    const model = chat().withStructuredOutput(z.object({ said: z.string() }), { method: 'jsonMode' });
    expect(await model.invoke('Who?')).toMatchObject({ said: 'Who?' });
  });

  it('enables and disables thinking', async () => {
    const thinking = await chat({ model: 'sim-reason', think: true }).invoke('Why?');
    const thought = version === '1.3.0' ? thinking.additional_kwargs.reasoning_content : thinking.content;
    expect(thought).toMatch(/Let me think/);
    expect(thinking.text.includes('Let me think')).toBe(version !== '1.3.0');
    expect(thinking.content).toContain('You said: "Why?"');
    const quick = await chat({ model: 'sim-reason', think: false }).invoke('Why?');
    expect(quick.content).toMatch(/^I read/);
    expect(quick.additional_kwargs).toEqual({});
  });

  it('sends images', async () => {
    const url = `data:image/png;base64,${judge.PNG}`;
    const content = [
      { type: 'text', text: 'What is it?' },
      { type: 'image_url', image_url: { url } },
    ];
    const message = await chat({ model: 'sim-vision' }).invoke([new HumanMessage({ content })]);
    expect(message.content).toContain(judge.SEEN);
  });

  it('embeds', async () => {
    const embeddings = new OllamaEmbeddings({ baseUrl: setup.proxy.url, model: 'sim-embed', maxRetries: 0 });
    judge.expectUnitVectors(await embeddings.embedDocuments(['one', 'two', 'three']), 3);
    judge.expectUnitVectors([await embeddings.embedQuery('one')], 1);
  });

  it('completes prompts', async () => {
    const model = new Ollama({ baseUrl: setup.proxy.url, model: 'sim-chat', maxRetries: 0 });
    expect(await model.invoke(judge.SPOKEN)).toBe(judge.TEXT);
    judge.expectSpoken(await judge.collect(await model.stream(judge.SPOKEN)));
  });

  it('finds its model or pulls it', async () => {
    expect((await chat({ checkOrPullModel: true }).invoke(judge.SPOKEN)).content).toBe(judge.TEXT);
    const log = vi.spyOn(console, 'log').mockReturnValue();
    const missing = chat({ checkOrPullModel: true, model: 'nope' }).invoke('x');
    await expect(missing).rejects.toThrow('file does not exist');
    expect(log).toHaveBeenCalledExactlyOnceWith({ status: 'pulling manifest' });
    log.mockRestore();
  });

  it('reports errors', async () => {
    await expect(chat({ model: 'nope' }).invoke('x')).rejects.toThrow("model 'nope' not found");
    await expect(chat().invoke(judge.BROKEN)).rejects.toThrow('Lost the GPU');
    const model = new Ollama({ baseUrl: setup.proxy.url, model: 'sim-chat', maxRetries: 0 });
    await expect(model.invoke(judge.BROKEN)).rejects.toThrow('Lost the GPU');
  });

  it('leaves', async () => {
    const controller = new AbortController();
    const reading = (async () => {
      const stream = await chat().stream(judge.ENDLESS, { signal: controller.signal });
      for await (const { content } of stream) if (content !== '') controller.abort();
    })();
    await expect(reading).rejects.toThrow(/abort/i);
    expect(await setup.freed()).toBe(true);
  });
});
