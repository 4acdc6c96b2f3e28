/* eslint-disable @typescript-eslint/no-deprecated -- generateObject and streamObject are what programs still use */
import type { EmbeddingModel, LanguageModel } from 'ai';
import {
  embed,
  embedMany,
  generateObject,
  generateText,
  isStepCount,
  Output,
  streamObject,
  streamText,
  tool,
} from 'ai';
import { beforeAll, expect, it } from 'vitest';
import type { Judged, Tool } from './support.js';
import * as judge from './support.js';

/** What a provider of the AI SDK makes. */
export interface Provider {
  chat(model: string): LanguageModel;
  embedding(model: string): EmbeddingModel;
}

export function toAiTools(tools: readonly Tool[]) {
  return Object.fromEntries(
    tools.map(({ name, description, schema, run }) => [
      name,
      tool({ description, inputSchema: schema, execute: (input: unknown) => run(input) }),
    ]),
  );
}

/** What the API of a provider cannot be asked for. */
export interface Lacks {
  /** JSON without a schema. */
  readonly freeJson?: boolean;
  /** Reasoning in the answer of a model that the provider does not know. */
  readonly reasoning?: boolean;
}

/** What each provider of the AI SDK has to do. */
export function judgeProvider(setup: Judged, make: () => Provider, lacks: Lacks = {}): void {
  let provider: Provider;
  beforeAll(() => {
    // The SDK's remarks on settings that a provider lacks are not about what it reads.
    globalThis.AI_SDK_LOG_WARNINGS = false;
    provider = make();
  });

  it('generates', async () => {
    const result = await generateText({ model: provider.chat('sim-chat'), prompt: judge.SPOKEN });
    expect(result).toMatchObject({ text: judge.TEXT, finishReason: 'stop' });
    expect([result.usage.inputTokens! > 0, result.usage.outputTokens! > 0]).toEqual([true, true]);
  });

  it('streams', async () => {
    const result = streamText({ model: provider.chat('sim-chat'), prompt: judge.SPOKEN });
    judge.expectSpoken(await judge.collect(result.textStream));
    expect([await result.finishReason, (await result.usage).outputTokens! > 0]).toEqual(['stop', true]);
  });

  it.each([
    ['one tool', judge.ASK_ONE, 1],
    ['two tools at once', judge.ASK_TWO, 2],
  ])('loops with %s', async (_name, prompt, count) => {
    for (const run of [generateText, streamText]) {
      const { all } = judge.makeTools();
      const model = provider.chat('sim-chat');
      const result = await run({ model, prompt, tools: toAiTools(all), stopWhen: isStepCount(5) });
      judge.expectQuoted(await result.text, ...all.slice(0, count));
      const steps = await result.steps;
      expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
      expect(steps[0]?.toolCalls).toHaveLength(count);
    }
  });

  it('makes objects', async () => {
    const request = { model: provider.chat('sim-chat'), prompt: 'Who?' };
    expect((await generateObject({ ...request, schema: judge.person })).object).toBeDefined();
    const parts = await judge.collect(streamObject({ ...request, schema: judge.person }).partialObjectStream);
    expect(judge.person.parse(parts.at(-1))).toBeDefined();
    const output = Output.object({ schema: judge.person });
    expect(judge.person.parse((await generateText({ ...request, output })).output)).toBeDefined();
    expect(judge.person.parse(await streamText({ ...request, output }).output)).toBeDefined();
    if (lacks.freeJson) return;
    const free = { model: provider.chat('sim-chat'), prompt: 'Who?', output: Output.json() };
    expect((await generateText(free)).output).toBeTypeOf('object');
  });

  it.skipIf(lacks.reasoning)('enables and disables thinking', async () => {
    const request = { model: provider.chat('sim-reason'), prompt: 'Why?' };
    const whole = await generateText({ ...request, reasoning: 'high' });
    expect(whole.finalStep.reasoningText).toMatch(/Let me think/);
    expect(whole.text).toMatch(/^I read/);
    const parts = streamText({ ...request, reasoning: 'high' });
    expect([(await parts.finalStep).reasoningText, await parts.text]).toEqual([
      whole.finalStep.reasoningText,
      whole.text,
    ]);
    const quick = await generateText({ ...request, reasoning: 'none' });
    expect([quick.finalStep.reasoningText, quick.text]).toEqual([undefined, expect.stringMatching(/^I read/)]);
  });

  it('sends images', async () => {
    for (const data of [judge.PNG, `data:image/png;base64,${judge.PNG}`]) {
      const file = { type: 'file' as const, mediaType: 'image/png', data };
      const content = [{ type: 'text' as const, text: 'What is it?' }, file];
      const model = provider.chat('sim-vision');
      expect((await generateText({ model, messages: [{ role: 'user', content }] })).text).toContain(judge.SEEN);
    }
  });

  it('embeds', async () => {
    const model = provider.embedding('sim-embed');
    const many = await embedMany({ model, values: ['one', 'two', 'three'] });
    judge.expectUnitVectors(many.embeddings, 3);
    const one = await embed({ model, value: 'one' });
    expect([one.embedding, one.usage.tokens]).toEqual([many.embeddings[0], 1]);
  });
}
