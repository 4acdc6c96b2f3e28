import { generateText, isStepCount, rerank, streamText } from 'ai';
import * as wrapped from 'ai-sdk-ollama';
import { createOllama } from 'ai-sdk-ollama';
import { describe, expect, it } from 'vitest';
import { judgeProvider, toAiTools } from './ai-suite.js';
import * as judge from './support.js';

const setup = judge.withJudge();
const ollama = () => createOllama({ baseURL: setup.proxy.url });

describe('ai with ai-sdk-ollama', () => {
  judgeProvider(setup, () => {
    const provider = ollama();
    return { chat: (model) => provider(model), embedding: (model) => provider.embedding(model) };
  });

  it('has its own setting for thinking', async () => {
    const ask = (think: boolean) => generateText({ model: ollama()('sim-reason', { think }), prompt: 'Why?' });
    expect((await ask(true)).finalStep.reasoningText).toMatch(/Let me think/);
    expect((await ask(false)).finalStep.reasoningText).toBeUndefined();
  });

  it('runs a tool loop with its own functions', async () => {
    const { all } = judge.makeTools();
    const request = { prompt: judge.ASK_TWO, tools: toAiTools(all), stopWhen: isStepCount(5) };
    const whole = await wrapped.generateText({ ...request, model: ollama()('sim-chat') });
    judge.expectQuoted(whole.text, ...all);
  });

  it('sends images given as bytes', async () => {
    const file = { type: 'file' as const, mediaType: 'image/png', data: Buffer.from(judge.PNG, 'base64') };
    const model = ollama()('sim-vision');
    expect((await generateText({ model, messages: [{ role: 'user', content: [file] }] })).text).toContain(judge.SEEN);
  });

  it('ranks texts by their embeddings', async () => {
    const model = ollama().embeddingReranking('sim-embed');
    const documents = ['one', 'two', 'three'];
    const { ranking } = await rerank({ model, query: 'two', documents });
    expect(ranking[0]).toMatchObject({ originalIndex: 1, document: 'two' });
    expect(ranking).toHaveLength(3);
  });

  it('reports errors', async () => {
    const request = { model: ollama()('nope'), prompt: 'x', maxRetries: 0 };
    await expect(generateText(request)).rejects.toThrow("model 'nope' not found");
    const result = streamText({ model: ollama()('sim-chat'), prompt: judge.BROKEN, onError: () => undefined });
    await expect(judge.collect(result.textStream)).rejects.toThrow('Lost the GPU');
  });

  // The official client has no signal for one request: the SDK leaves, but its connection stays open.
  it('cancels', async () => {
    const request = { model: ollama()('sim-chat'), prompt: judge.ENDLESS };
    const result = streamText({ ...request, abortSignal: AbortSignal.timeout(100) });
    expect((await judge.collect(result.stream)).map(({ type }) => type)).toContain('abort');
    expect(await setup.freed()).toBe(false);
  });
});
