import { ChatOllama } from '@langchain/ollama';
import { Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningProxy } from '../support/start-proxy.js';
import { startProxy } from '../support/start-proxy.js';
import { until } from '../support/ask.js';
import { liveUpstream } from './upstream.js';

const upstream = liveUpstream();
if (!upstream) process.stdout.write('live: SKIPPED, no LIVE_BASE_URL and no llama-server beside the project\n');

const QUESTION = [{ role: 'user', content: 'Hello' }];
const SHORT = { num_predict: 40, seed: 4 };

/** The upstream itself, and the upstream behind a proxy of ours: one proxy's `/v1` is the other's upstream. */
const WAYS = ['directly', 'through a second proxy'] as const;

describe.skipIf(!upstream).each(WAYS)('a real upstream, %s', (way) => {
  let inner: RunningProxy | undefined;
  let proxy: RunningProxy;
  let ollama: Ollama;
  let model: string;

  beforeAll(async () => {
    if (way !== 'directly') inner = await startProxy(upstream!.url, { OPENAI_API_KEY: upstream!.key });
    proxy = await startProxy(inner ? `${inner.url}/v1` : upstream!.url, { OPENAI_API_KEY: upstream!.key });
    ollama = new Ollama({ host: proxy.url });
    model = upstream!.model;
  });
  afterAll(async () => {
    await proxy.close();
    await inner?.close();
  });

  it('lists and shows its models to the official client', async () => {
    const { models } = await ollama.list();
    expect(models.map(({ name }) => name)).toContain(model.includes(':') ? model : `${model}:latest`);
    const shown = await ollama.show({ model });
    expect(shown.capabilities).toContain('completion');
    expect(Object.keys(shown.model_info)).toContain('general.architecture');
  });

  it('chats with the official client, whole and streamed', async () => {
    const whole = await ollama.chat({ model, messages: QUESTION, options: SHORT });
    expect(whole.message.content.length + (whole.message.thinking?.length ?? 0)).toBeGreaterThan(0);
    expect(whole.eval_count).toBeGreaterThan(0);
    expect(whole.done).toBe(true);
    let text = '';
    let last: { done: boolean; prompt_eval_count: number } | undefined;
    for await (const part of await ollama.chat({ model, messages: QUESTION, options: SHORT, stream: true })) {
      text += part.message.content + (part.message.thinking ?? '');
      last = part;
    }
    expect(text).not.toBe('');
    expect(last).toMatchObject({ done: true, prompt_eval_count: expect.any(Number) });
  });

  it('generates with the official client, whole and streamed', async () => {
    const whole = await ollama.generate({ model, prompt: 'Hello', options: SHORT });
    expect(whole.done_reason).toMatch(/stop|length/);
    let last: { done: boolean } | undefined;
    for await (const part of await ollama.generate({ model, prompt: 'Hello', options: SHORT, stream: true }))
      last = part;
    expect(last?.done).toBe(true);
  });

  it('answers LangChain, invoked and streamed', async () => {
    const chat = new ChatOllama({ baseUrl: proxy.url, model, numPredict: 40, seed: 4 });
    const answer = await chat.invoke('Hello');
    expect((answer.usage_metadata as { output_tokens?: number } | undefined)?.output_tokens).toBeGreaterThan(0);
    let chunks = 0;
    for await (const _chunk of await chat.stream('Hello')) chunks += 1;
    expect(chunks).toBeGreaterThan(0);
  });

  it('serves twenty streams at once, each complete', async () => {
    const ends = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        let done = 0;
        const stream = await ollama.generate({
          model,
          prompt: `Hello ${String(index)}`,
          options: { num_predict: 30, seed: index },
          stream: true,
        });
        for await (const part of stream) if (part.done) done += 1;
        return done;
      }),
    );
    expect(ends).toEqual(Array.from({ length: 20 }, () => 1));
  });
});

describe.skipIf(!upstream?.startSlow)('a real upstream that is slow', () => {
  it(
    'has its slot free again within a second after the client left, and ends what the official client aborts',
    { timeout: 120_000 },
    async () => {
      const url = upstream!.startSlow!();
      const proxy = await startProxy(url, { OPENAI_API_KEY: upstream!.key });
      const busy = async (): Promise<number> => {
        const response = await fetch(url.replace('/v1', '/slots'), {
          headers: { authorization: `Bearer ${upstream!.key}` },
        });
        return ((await response.json()) as { is_processing: boolean }[]).filter((slot) => slot.is_processing).length;
      };
      const controller = new AbortController();
      const response = await fetch(`${proxy.url}/api/chat`, {
        method: 'POST',
        body: JSON.stringify({ model: upstream!.model, messages: QUESTION, options: { num_predict: 2000 } }),
        signal: controller.signal,
      });
      await response.body!.getReader().read();
      expect(await busy()).toBe(1);
      controller.abort();
      const left = performance.now();
      let slots = 1;
      await until(() => {
        void busy().then((count) => (slots = count));
        return slots === 0;
      }, 1000);
      process.stdout.write(
        `live: slot free ${String(Math.round(performance.now() - left))} ms after the client left\n`,
      );
      expect(slots).toBe(0);
      const ollama = new Ollama({ host: proxy.url });
      const stream = await ollama.chat({
        model: upstream!.model,
        messages: QUESTION,
        options: { seed: 4 },
        stream: true,
      });
      const read = async (): Promise<void> => {
        for await (const _part of stream) stream.abort();
      };
      await expect(read()).rejects.toThrow(/abort/i);
      await proxy.close();
    },
  );
});
