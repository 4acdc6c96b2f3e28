import type { BaseMessage } from '@langchain/core/messages';
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOllama, Ollama, OllamaEmbeddings } from 'lc-ollama-1-0';
import { describe, expect, it } from 'vitest';
import * as judge from './support.js';

const setup = judge.withJudge();
const connection = (model = 'sim-chat:latest') => ({
  baseUrl: setup.proxy.url,
  model,
  maxRetries: 0,
  // The credential has no key, but its header is sent.
  headers: { Authorization: 'Bearer' },
});

/** What n8n's chat model node fills in. */
const filled = { keepAlive: '5m', numCtx: 2048, numPredict: -1, topK: -1, temperature: 0.7 };

describe('n8n with the @langchain/ollama versions it shipped', () => {
  it('chats with the defaults of its node', async () => {
    const message = await new ChatOllama({ ...connection(), ...filled }).invoke(judge.SPOKEN);
    expect(message.content).toBe(judge.TEXT);
    // No limit and no filter: nothing that an upstream would have to refuse.
    expect(Object.keys(setup.lastBody()).sort()).toEqual([
      'messages',
      'model',
      'stream',
      'stream_options',
      'temperature',
    ]);
  });

  it.each([
    // The agent up to 2.2 loses the call, later ones keep it in words.
    ['lost', () => '', 'get_weather'],
    [
      'put into the prompt',
      (input: object) => `Calling get_time with input: ${JSON.stringify({ ...input, id: 'c0ffee' })}`,
      'get_time',
    ],
  ])('answers after a call that was %s', async (_name, words, called) => {
    const { all } = judge.makeTools();
    const agent = new ChatOllama(connection()).bindTools(all.map(({ definition }) => definition));
    const history: BaseMessage[] = [
      new HumanMessage(judge.ASK_ONE),
      new AIMessage(words({ zone: 'UTC', seconds: false })),
      new ToolMessage({ tool_call_id: 'c0ffee', content: '12:30 in UTC' }),
    ];
    const answer = await agent.invoke(history);
    expect(answer.content).toContain(`The tool ${called} says: "12:30 in UTC".`);
    expect(setup.lastBody().messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ function: { name: called } }] },
      { role: 'tool' },
    ]);
  });

  it('completes prompts with format "default"', async () => {
    const model = new Ollama({ ...connection(), format: 'default' });
    expect(await model.invoke(judge.SPOKEN)).toBe(judge.TEXT);
    expect(setup.lastBody()).not.toHaveProperty('response_format');
  });

  it('embeds', async () => {
    const embeddings = new OllamaEmbeddings(connection('sim-embed:latest'));
    judge.expectUnitVectors(await embeddings.embedDocuments(['one', 'two', 'three']), 3);
  });
});
