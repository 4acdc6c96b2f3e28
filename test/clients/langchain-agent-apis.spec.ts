import { ChatAnthropic } from '@langchain/anthropic';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { BaseMessage } from '@langchain/core/messages';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { describe, expect, it } from 'vitest';
import * as judge from './support.js';

const setup = judge.withJudge();

const MODELS: readonly (readonly [string, () => ChatAnthropic | ChatOpenAI])[] = [
  [
    '@langchain/anthropic',
    () => new ChatAnthropic({ model: 'sim-chat', apiKey: 'none', anthropicApiUrl: setup.proxy.url, maxRetries: 0 }),
  ],
  [
    '@langchain/openai, the Responses API',
    () =>
      new ChatOpenAI({
        model: 'sim-chat',
        apiKey: 'none',
        useResponsesApi: true,
        configuration: { baseURL: `${setup.proxy.url}/v1` },
        maxRetries: 0,
      }),
  ],
];

describe.each(MODELS)('%s', (_name, make) => {
  it('gets a text', async () => {
    const message = await make().invoke(judge.SPOKEN);
    expect([message.text, message.usage_metadata]).toEqual([
      judge.TEXT,
      expect.objectContaining({ output_tokens: expect.any(Number) as number }),
    ]);
  });

  it('streams', async () => {
    const chunks = await judge.collect(await make().stream(judge.SPOKEN));
    judge.expectSpoken(chunks.map(({ text }) => text));
  });

  it('loops with two tools at once', async () => {
    const { all } = judge.makeTools();
    const model = make().bindTools(all.map(({ definition }) => definition)) as unknown as BaseChatModel;
    const messages: BaseMessage[] = [new HumanMessage(judge.ASK_TWO)];
    for (;;) {
      const message = await model.invoke(messages);
      messages.push(message);
      const calls = message.tool_calls ?? [];
      if (calls.length === 0) {
        judge.expectQuoted(message.text, ...all);
        break;
      }
      for (const { id, name, args } of calls) {
        const { run } = all.find((tool) => tool.name === name)!;
        messages.push(new ToolMessage({ content: run(args), tool_call_id: id! }));
      }
    }
  });
});
