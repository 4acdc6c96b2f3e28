import OpenAI, { APIUserAbortError, NotFoundError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { beforeAll, describe, expect, it } from 'vitest';
import * as judge from './support.js';

const setup = judge.withJudge();

/** Through the proxy nothing is different from going to the upstream directly. */
const TARGETS = [
  ['the proxy', () => `${setup.proxy.url}/v1`],
  ['the upstream', () => setup.simulator.url],
] as const;

const user = (content: string) => ({ role: 'user' as const, content });

describe.each(TARGETS)('openai at %s', (_name, url) => {
  let client: OpenAI;
  beforeAll(() => {
    client = new OpenAI({ baseURL: url(), apiKey: 'none', maxRetries: 0 });
  });
  const ask = (content: string, model = 'sim-chat') =>
    client.chat.completions.create({ model, messages: [user(content)] });

  it('chats', async () => {
    const { choices, usage } = await ask(judge.SPOKEN);
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant', content: judge.TEXT } });
    expect(usage?.total_tokens).toBe(usage!.prompt_tokens + usage!.completion_tokens);
  });

  it('streams', async () => {
    const stream = client.chat.completions.stream({
      model: 'sim-chat',
      messages: [user(judge.SPOKEN)],
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    stream.on('content', (delta) => void pieces.push(delta));
    expect(await stream.finalContent()).toBe(judge.TEXT);
    judge.expectSpoken(pieces);
    expect((await stream.totalUsage()).completion_tokens).toBeGreaterThan(0);
  });

  it.each([
    ['one tool', judge.ASK_ONE, 1],
    ['two tools at once', judge.ASK_TWO, 2],
  ])('loops with %s', async (_case, question, count) => {
    for (const stream of [false, true]) {
      const { all } = judge.makeTools();
      const tools = all.map(({ name, description, parameters, run }) => ({
        type: 'function' as const,
        function: { name, description, parameters, parse: JSON.parse, function: run },
      }));
      const body = { model: 'sim-chat', messages: [user(question)], tools };
      const runner = stream
        ? client.chat.completions.runTools({ ...body, stream: true })
        : client.chat.completions.runTools(body);
      judge.expectQuoted((await runner.finalContent()) ?? '', ...all.slice(0, count));
    }
  });

  it('gets an object', async () => {
    const response_format = zodResponseFormat(judge.person, 'person');
    const body = { model: 'sim-chat', messages: [user('Who?')], response_format };
    expect(judge.person.parse((await client.chat.completions.parse(body)).choices[0]?.message.parsed)).toBeDefined();
    const [choice] = (await client.chat.completions.stream(body).finalChatCompletion()).choices;
    expect(judge.person.parse(choice?.message.parsed)).toBeDefined();
  });

  it('sends images', async () => {
    const image = { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${judge.PNG}` } };
    const { choices } = await client.chat.completions.create({
      model: 'sim-vision',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }],
    });
    expect(choices[0]?.message.content).toContain(judge.SEEN);
  });

  it('completes prompts', async () => {
    const stream = await client.completions.create({ model: 'sim-chat', prompt: judge.SPOKEN, stream: true });
    judge.expectSpoken((await judge.collect(stream)).map(({ choices }) => choices[0]?.text ?? ''));
  });

  it('embeds', async () => {
    const input = ['one', 'two', 'three'];
    const { data } = await client.embeddings.create({ model: 'sim-embed', input });
    judge.expectUnitVectors(
      data.map(({ embedding }) => embedding),
      3,
    );
  });

  it('lists models', async () => {
    const models = await judge.collect(client.models.list());
    expect(models.map(({ id }) => id)).toContain('vendor/sim-large:free');
    expect(await client.models.retrieve('sim-chat')).toMatchObject({ id: 'sim-chat', object: 'model' });
  });

  it('reports errors', async () => {
    await expect(ask('x', 'nope')).rejects.toThrow(NotFoundError);
    await expect(ask('x', 'nope')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    const stream = await client.chat.completions.create({
      model: 'sim-chat',
      messages: [user(judge.BROKEN)],
      stream: true,
    });
    await expect(judge.collect(stream)).rejects.toThrow('Lost the GPU');
  });

  it('leaves', async () => {
    const stream = client.chat.completions.stream({ model: 'sim-chat', messages: [user(judge.ENDLESS)] });
    stream.once('content', () => stream.abort());
    await expect(stream.done()).rejects.toThrow(APIUserAbortError);
    expect(await setup.freed()).toBe(true);
  });
});
