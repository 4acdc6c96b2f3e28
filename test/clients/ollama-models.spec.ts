import type { ErrorResponse } from 'ollama';
import { Ollama } from 'ollama';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as judge from './support.js';

const setup = judge.withJudge({ dialect: 'lenient' });
let client: Ollama;
beforeAll(() => {
  client = new Ollama({ host: setup.proxy.url });
});

const posts = () => setup.simulator.requests.filter(({ method }) => method === 'POST');
const refusal = { name: 'ResponseError', status_code: 501, message: expect.stringMatching(/\w+ \w+/) };

/** All that typed clients demand of an entry. */
const entry = z.object({
  name: z.string().regex(/^[^:]+:[^:]+$/),
  model: z.string(),
  modified_at: z.iso.datetime({ offset: true }),
  size: z.int(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  details: z.object({
    parent_model: z.string(),
    format: z.string(),
    family: z.string(),
    families: z.array(z.string()),
    parameter_size: z.string(),
    quantization_level: z.string(),
  }),
});

describe('ollama', () => {
  it('lists models', async () => {
    const { models } = await client.list();
    expect(models.map((model) => entry.parse(model).name)).toContain('sim-chat:latest');
    expect(models.every(({ name, model }) => name === model)).toBe(true);
    expect(new Set(models.map(({ digest }) => digest)).size).toBe(models.length);
  });

  it('shows a model', async () => {
    const shown = await client.show({ model: 'sim-vision' });
    expect(shown.capabilities).toEqual(expect.arrayContaining(['completion', 'tools', 'vision']));
    const info = shown.model_info as unknown as Record<string, unknown>;
    expect(info[`${String(info['general.architecture'])}.context_length`]).toBe(16_384);
    for (const text of [shown.template, shown.modelfile]) {
      expect(text).toBeTypeOf('string');
    }
    await expect(client.show({ model: 'nope' })).rejects.toMatchObject({
      status_code: 404,
      // Ollama puts the tag into this one.
      message: "model 'nope:latest' not found",
    });
  });

  it('reads the version', async () => {
    expect((await client.version()).version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('loads a model, lists it as running, unloads it', async () => {
    const load = { model: 'sim-chat', prompt: '', stream: false } as const;
    expect(await client.generate({ ...load, keep_alive: '5m' })).toMatchObject({ done: true, done_reason: 'load' });
    const [running] = (await client.ps()).models;
    expect(entry.omit({ modified_at: true }).parse(running).name).toBe('sim-chat:latest');
    expect(new Date(running!.expires_at).getTime()).toBeGreaterThan(Date.now() + 240_000);
    expect(await client.generate({ ...load, keep_alive: 0 })).toMatchObject({ done_reason: 'unload' });
    expect((await client.ps()).models).toEqual([]);
    expect(posts()).toEqual([]);
  });

  it('pulls a served model', async () => {
    const stream = await client.pull({ model: 'sim-chat', stream: true });
    const statuses = (await judge.collect(stream)).map(({ status }) => status);
    expect([statuses[0], statuses.at(-1)]).toEqual(['pulling manifest', 'success']);
    expect(await client.pull({ model: 'sim-chat', stream: false })).toEqual({ status: 'success' });
    await expect(client.pull({ model: 'nope', stream: false })).rejects.toThrow(
      'pull model manifest: file does not exist',
    );
  });

  it('gets an error for model management', async () => {
    await expect(client.delete({ model: 'sim-chat' })).rejects.toMatchObject(refusal);
    await expect(client.copy({ source: 'sim-chat', destination: 'x' })).rejects.toMatchObject(refusal);
    await expect(client.create({ model: 'x', from: 'sim-chat' })).rejects.toMatchObject(refusal);
    await expect(client.push({ model: 'sim-chat' })).rejects.toMatchObject(refusal);
  });

  it('generates, whole and in pieces', async () => {
    const whole = await client.generate({ model: 'sim-chat', prompt: judge.SPOKEN });
    expect(whole).toMatchObject({ response: judge.TEXT, done: true, done_reason: 'stop' });
    const stream = await client.generate({ model: 'sim-chat', prompt: judge.SPOKEN, stream: true });
    judge.expectSpoken((await judge.collect(stream)).map(({ response }) => response!));
  });

  it('continues from a context', async () => {
    const first = await client.generate({ model: 'sim-chat', prompt: 'One.' });
    expect(z.array(z.int()).min(1).parse(first.context)).toBeDefined();
    const second = await client.generate({ model: 'sim-chat', prompt: 'Two.', context: first.context });
    expect(second.response).toContain('I read 3 messages');
  });

  it('generates with images, formats and thinking', async () => {
    const seen = await client.generate({ model: 'sim-vision', prompt: 'What?', images: [judge.PNG] });
    expect(seen.response).toContain(judge.SEEN);
    const person = await client.generate({ model: 'sim-chat', prompt: 'Who?', format: judge.personSchema });
    expect(judge.person.parse(JSON.parse(person.response!))).toBeDefined();
    const thought = await client.generate({ model: 'sim-reason', prompt: 'Why?', think: true });
    expect(thought.thinking).toMatch(/Let me think/);
    expect(await client.generate({ model: 'sim-reason', prompt: 'Why?', think: false })).not.toHaveProperty('thinking');
  });

  it('embeds', async () => {
    const many = await client.embed({ model: 'sim-embed', input: ['one', 'two', 'three'] });
    judge.expectUnitVectors(many.embeddings, 3);
    expect(many).toMatchObject({ model: 'sim-embed', prompt_eval_count: 3 });
    expect((await client.embeddings({ model: 'sim-embed', prompt: 'one' })).embedding).toHaveLength(64);
    await expect(client.embed({ model: 'nope', input: 'x' })).rejects.toThrow('not found');
  });

  it('gets an error for missing capabilities', async () => {
    const messages = [{ role: 'user', content: 'x' }];
    const tools = [judge.makeTools().weather.definition];
    const wanted = (error: string): Partial<ErrorResponse & { status_code: number }> =>
      expect.objectContaining({ status_code: 400, message: expect.stringContaining(error) });
    await expect(client.chat({ model: 'sim-plain', messages, tools })).rejects.toEqual(
      wanted('does not support tools'),
    );
    await expect(client.chat({ model: 'sim-plain', messages, think: true })).rejects.toEqual(
      wanted('does not support thinking'),
    );
    await expect(client.chat({ model: 'sim-embed', messages })).rejects.toEqual(wanted('does not support chat'));
  });

  it('cancels everything', async () => {
    const waiting = client.generate({ model: 'sim-chat', prompt: judge.ENDLESS, stream: true });
    const reading = judge.collect(await waiting);
    setTimeout(() => client.abort(), 50);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(await setup.freed()).toBe(true);
  });
});
