import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOllama } from '@langchain/ollama';
import { ChatOllama as OldChatOllama } from 'lc-ollama-1-0';
import { describe, expect, it } from 'vitest';
import * as judge from './support.js';

const setup = judge.withJudge();
const options = (model = 'sim-chat') => ({ baseUrl: setup.proxy.url, model, maxRetries: 0 });

describe('@langchain/ollama, events of content blocks', () => {
  it('stream text', async () => {
    const stream = new ChatOllama(options()).streamEvents(judge.SPOKEN);
    judge.expectSpoken(await judge.collect(stream.text));
    expect((await stream).content).toEqual([{ type: 'text', text: judge.TEXT }]);
    expect((await stream.usage)?.output_tokens).toBeGreaterThan(0);
  });

  it('stream thinking apart from the text', async () => {
    const stream = new ChatOllama({ ...options('sim-reason'), think: true }).streamEvents('Why?');
    expect(await stream.reasoning).toMatch(/Let me think/);
    expect(await stream.text).toMatch(/^I read/);
  });

  // Calls are identified by their place in one line: over several lines, only the last would survive.
  it('keep two tool calls to the final answer', async () => {
    const { all } = judge.makeTools();
    const model = new ChatOllama(options());
    const tools = all.map(({ definition }) => definition);
    const question = new HumanMessage(judge.ASK_TWO);
    const asked = await model.streamEvents([question], { tools });
    const results = asked.tool_calls!.map(
      ({ id, name, args }) =>
        new ToolMessage({ tool_call_id: id!, content: all.find((each) => each.name === name)!.run(args) }),
    );
    const stream = model.streamEvents([question, asked, ...results], { tools });
    // The client does not send back the calls of a message that it made from events.
    judge.expectQuotedNameless(await stream.text, ...all);
    expect(await stream.toolCalls).toEqual([]);
  });

  it('fail with the text of the upstream', async () => {
    const lost = new ChatOllama(options()).streamEvents(judge.BROKEN);
    await expect(Promise.resolve(lost)).rejects.toThrow('Lost the GPU');
    const unknown = new ChatOllama(options('nope')).streamEvents('x');
    await expect(Promise.resolve(unknown)).rejects.toThrow('not found');
  });

  // The client only stops reading: its connection stays open, so that nobody can know.
  it('end when cancelled', async () => {
    const controller = new AbortController();
    const stream = new ChatOllama(options()).streamEvents(judge.ENDLESS, { signal: controller.signal });
    for await (const _ of stream.text) controller.abort();
    expect(await setup.freed()).toBe(false);
  });
});

describe.each([
  ['1.3.0', ChatOllama],
  ['1.0.2', OldChatOllama as unknown as typeof ChatOllama],
])('@langchain/ollama %s, events of version 2', (_version, Chat) => {
  const collect = async (model: ChatOllama, input: string, tools: object[] = []) => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- agents still use it
    const stream = model.streamEvents(input, { version: 'v2', ...(tools.length > 0 && { tools: tools as never }) });
    const events = await judge.collect(stream);
    const pieces = events.filter(({ event }) => event === 'on_chat_model_stream').map(({ data }) => data.chunk);
    return { pieces, output: events.find(({ event }) => event === 'on_chat_model_end')?.data.output };
  };

  it('stream text', async () => {
    const { pieces, output } = await collect(new Chat(options()), judge.SPOKEN);
    judge.expectSpoken(pieces.map(({ content }) => content));
    expect(output.content).toBe(judge.TEXT);
  });

  it('keep two tool calls', async () => {
    const { all } = judge.makeTools();
    const { output } = await collect(
      new Chat(options()),
      judge.ASK_TWO,
      all.map(({ definition }) => definition),
    );
    expect(output.tool_calls.map(({ name }: { name: string }) => name)).toEqual(['get_weather', 'get_time']);
    all.forEach((each, index) => each.run(output.tool_calls[index].args));
  });
});
