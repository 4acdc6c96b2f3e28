import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI, { APIUserAbortError } from 'openai';
import type { ResponseInput } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import type { SimulatedApi } from '../../apps/simulator/src/simulator.js';
import { judgeProvider } from './ai-suite.js';
import * as judge from './support.js';

const MODEL = 'sim-reason';
const PARAMETERS = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };
const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: PARAMETERS },
}));

const UPSTREAMS: readonly { name: string; apis: readonly SimulatedApi[] }[] = [
  { name: 'chat completions alone', apis: ['chat'] },
  { name: 'the Responses API alone', apis: ['responses'] },
  { name: 'both', apis: ['chat', 'responses'] },
];

describe.each(UPSTREAMS)('clients of an upstream with $name', ({ apis }) => {
  const setup = judge.withJudge({ apis, catalogue: 'plain' });
  const ollama = () => new Ollama({ host: setup.proxy.url });
  const openai = () => new OpenAI({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const anthropic = () => new Anthropic({ baseURL: setup.proxy.url, apiKey: 'none', maxRetries: 0 });
  const user = (content: string) => ({ role: 'user' as const, content });

  it('stream text and thinking', async () => {
    const stream = await ollama().chat({ model: MODEL, messages: [user(judge.SPOKEN)], stream: true, think: 'low' });
    const lines = await judge.collect(stream);
    judge.expectSpoken(lines.map(({ message }) => message.content));
    expect(lines.map(({ message }) => message.thinking ?? '').join('')).toContain('Let me think');
    const chunks = await judge.collect(
      await openai().chat.completions.create({ model: MODEL, messages: [user(judge.SPOKEN)], stream: true }),
    );
    judge.expectSpoken(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? ''));
    const message = await anthropic()
      .messages.stream({ model: MODEL, max_tokens: 4000, messages: [user(judge.SPOKEN)] })
      .finalMessage();
    expect(message.content.at(-1)).toMatchObject({ type: 'text', text: judge.TEXT });
  });

  it('call two tools, and continue with their results', async () => {
    const { message } = await ollama().chat({ model: MODEL, messages: [user(judge.ASK_TWO)], tools: TOOLS });
    expect(message.tool_calls?.map((call) => call.function.name)).toEqual(['get_weather', 'get_time']);
    const results = ['sunny', 'noon'].map((content) => ({ role: 'tool', content }));
    const final = await ollama().chat({
      model: MODEL,
      messages: [user(judge.ASK_TWO), message, ...results],
      tools: TOOLS,
    });
    expect(final.message.content).toContain('The tool get_time says: "noon"');

    const asked = [user(judge.ASK_TWO)];
    const first = await openai().chat.completions.create({ model: MODEL, messages: asked, tools: TOOLS });
    const reply = first.choices[0]!.message;
    expect([first.choices[0]?.finish_reason, reply.tool_calls?.length]).toEqual(['tool_calls', 2]);
    const outputs = reply.tool_calls!.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'noon' }));
    const second = await openai().chat.completions.create({
      model: MODEL,
      messages: [...asked, reply, ...outputs],
      tools: TOOLS,
    });
    expect(second.choices[0]?.message.content).toContain('The tool get_time says: "noon"');

    const tools = TOOLS.map(({ function: { name } }) => ({ name, input_schema: PARAMETERS }));
    const used = await anthropic().messages.create({ model: MODEL, max_tokens: 4000, messages: asked, tools });
    const uses = used.content.filter((block) => block.type === 'tool_use');
    expect([used.stop_reason, uses.length]).toEqual(['tool_use', 2]);
    const content = uses.map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'noon' }));
    const messages = [
      ...asked,
      { role: 'assistant' as const, content: used.content },
      { role: 'user' as const, content },
    ];
    const last = await anthropic().messages.create({ model: MODEL, max_tokens: 4000, messages, tools });
    expect(JSON.stringify(last.content)).toContain('The tool get_time says');
  });

  it('use the Responses API: text, and two tools with their results', async () => {
    const { responses } = openai();
    const said = await responses.stream({ model: MODEL, input: judge.SPOKEN }).finalResponse();
    expect([said.status, said.output_text]).toEqual(['completed', judge.TEXT]);
    const tools = TOOLS.map(({ function: { name } }) => ({
      type: 'function' as const,
      name,
      parameters: { ...PARAMETERS, additionalProperties: false },
      strict: false,
    }));
    const input: ResponseInput = [{ role: 'user', content: judge.ASK_TWO }];
    const first = await responses.stream({ model: MODEL, input, tools, store: false }).finalResponse();
    const calls = first.output.filter((item) => item.type === 'function_call');
    expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_time']);
    const outputs = calls.map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'noon' }));
    const last = await responses.create({ model: MODEL, input: [...input, ...calls, ...outputs], tools, store: false });
    expect(last.output_text).toContain('The tool get_time says: "noon"');
  });

  it('answer in a schema, and see images', async () => {
    const { message } = await ollama().chat({ model: MODEL, messages: [user('Who?')], format: judge.personSchema });
    expect(() => judge.person.parse(JSON.parse(message.content))).not.toThrow();
    const seen = await ollama().chat({
      model: 'sim-vision',
      messages: [{ role: 'user', content: 'What is it?', images: [judge.PNG] }],
    });
    expect(seen.message.content).toContain(judge.SEEN);
  });

  it('fail as a broken stream does, and free the upstream of clients that leave', async () => {
    const readBroken = async () =>
      judge.collect(await ollama().chat({ model: MODEL, messages: [user(judge.BROKEN)], stream: true }));
    await expect(readBroken()).rejects.toThrow('Lost the GPU');
    const controller = new AbortController();
    const left = await openai().chat.completions.create(
      { model: MODEL, messages: [user(judge.ENDLESS)], stream: true },
      { signal: controller.signal },
    );
    const read = (async () => {
      for await (const chunk of left) if (chunk.choices[0]?.delta.content) controller.abort();
    })();
    await read.catch((failure: unknown) => {
      expect(failure).toBeInstanceOf(APIUserAbortError);
    });
    expect(await setup.freed()).toBe(true);
  });
});

describe('the AI SDK on an upstream with the Responses API alone', () => {
  const setup = judge.withJudge({ apis: ['responses'], catalogue: 'plain' });
  const openai = () => createOpenAI({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none' });
  const embedding = (model: string) => openai().embedding(model);

  describe('@ai-sdk/anthropic', () => {
    const anthropic = () => createAnthropic({ baseURL: `${setup.proxy.url}/v1`, apiKey: 'none' });
    judgeProvider(setup, () => ({ chat: (model: string) => anthropic()(model), embedding }), { freeJson: true });
  });

  describe('@ai-sdk/openai', () => {
    judgeProvider(setup, () => ({ chat: (model: string) => openai().responses(model), embedding }), {
      reasoning: true,
      // The API demands the word JSON in the prompt, which this request does not have.
      freeJson: true,
    });
  });
});
