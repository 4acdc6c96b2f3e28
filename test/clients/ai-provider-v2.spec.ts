import { generateText, streamText } from 'ai';
import { createOllama } from 'ollama-ai-provider-v2';
import { describe, expect, it } from 'vitest';
import { judgeProvider } from './ai-suite.js';
import * as judge from './support.js';

const setup = judge.withJudge();
const ollama = () => createOllama({ baseURL: `${setup.proxy.url}/api` });

describe('ai with ollama-ai-provider-v2', () => {
  judgeProvider(setup, () => {
    const provider = ollama();
    return { chat: (model) => provider(model), embedding: (model) => provider.embedding(model) };
  });

  it('has its own option for thinking', async () => {
    const request = { model: ollama()('sim-reason'), prompt: 'Why?' };
    const thinking = await generateText({ ...request, providerOptions: { ollama: { think: true } } });
    expect(thinking.finalStep.reasoningText).toMatch(/Let me think/);
    // Without the option it sends think:false.
    expect((await generateText(request)).finalStep.reasoningText).toBeUndefined();
  });

  // Each object needs a `context`.
  it('completes prompts', async () => {
    const model = ollama().completion('sim-chat');
    const whole = await generateText({ model, prompt: 'Hello' });
    expect(whole.text).toMatch(/^I read 1 message [^]*Hello/);
    expect([whole.finishReason, whole.usage.outputTokens! > 0]).toEqual(['stop', true]);
    setup.simulator.next({ text: judge.TEXT, tokenDelayMs: 3 });
    judge.expectSpoken(await judge.collect(streamText({ model, prompt: 'Hello' }).textStream));
  });

  it.each([
    ['in the middle of an answer', judge.ENDLESS],
    ['before it began', judge.SILENT],
  ])('leaves %s', async (_name, prompt) => {
    const request = { model: ollama()('sim-chat'), prompt, maxRetries: 0 };
    const result = streamText({ ...request, abortSignal: AbortSignal.timeout(100) });
    expect((await judge.collect(result.stream)).map(({ type }) => type)).toContain('abort');
    expect(await setup.freed()).toBe(true);
    await expect(generateText({ ...request, abortSignal: AbortSignal.timeout(100) })).rejects.toThrow('timeout');
    expect(await setup.freed()).toBe(true);
  });

  // It looks for `error.message`, so that of Ollama's texts only the phrase of the status is left.
  it('reports errors by their status', async () => {
    const request = { model: ollama()('nope'), prompt: 'x', maxRetries: 0 };
    await expect(generateText(request)).rejects.toMatchObject({
      message: 'Not Found',
      statusCode: 404,
      responseBody: expect.stringContaining("model 'nope' not found"),
    });
  });

  // It drops lines that are not of an answer, after a warning.
  it('ends early if the upstream breaks off', async () => {
    const result = streamText({ model: ollama()('sim-chat'), prompt: judge.BROKEN });
    const text = await result.text;
    expect(judge.TEXT.startsWith(text) && text !== '').toBe(true);
    expect(await result.finishReason).toBe('other');
    expect(setup.warnings).toHaveBeenCalledOnce();
    setup.warnings.mockClear();
  });
});
