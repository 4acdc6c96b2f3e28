import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scripted, textOf } from '../support/ask.js';
import { startProxy } from '../support/start-proxy.js';
import { withProxy } from '../support/with-proxy.js';

const setup = withProxy();

const chat = (more: object) =>
  setup.ask('/api/chat', { model: 'sim-chat', messages: [scripted({ text: 'Grüß dich 🙂' })], ...more });

describe('POST /api/chat', () => {
  it('streams by default and ends with one done line that has the metrics', async () => {
    const { status, type, lines } = await chat({});
    expect(status).toBe(200);
    expect(type).toBe('application/x-ndjson');
    expect(textOf(lines)).toBe('Grüß dich 🙂');
    expect(lines.filter(({ done }) => done)).toHaveLength(1);
    expect(lines.at(-1)).toMatchObject({
      model: 'sim-chat',
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: expect.any(Number),
      eval_count: expect.any(Number),
    });
    for (const key of ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration']) {
      expect(Number.isInteger(lines.at(-1)?.[key]) && Number(lines.at(-1)?.[key]) > 0, key).toBe(true);
    }
  });

  it('returns one object without a stream', async () => {
    const { type, lines } = await chat({ stream: false });
    expect(type).toBe('application/json; charset=utf-8');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ message: { content: 'Grüß dich 🙂' }, done: true, done_reason: 'stop' });
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/json', 'nonsense'])(
    'reads JSON labelled %s',
    async (type) => {
      const body = JSON.stringify({ model: 'sim-chat', messages: [{ role: 'user', content: 'x' }], stream: false });
      const { status } = await setup.ask('/api/chat', body, { headers: { 'content-type': type } });
      expect(status).toBe(200);
    },
  );

  it('sends only what the client set', async () => {
    setup.simulator.reset();
    await chat({
      options: { temperature: 0.5, seed: 7, stop: ['X', ''], num_predict: 50, num_ctx: 4096, top_p: null },
      stream: true,
    });
    expect(setup.simulator.requests.at(-1)?.body).toEqual({
      model: 'sim-chat',
      messages: [expect.objectContaining({ role: 'user' })],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      seed: 7,
      stop: ['X'],
      max_tokens: 50,
    });
  });

  it.each([-1, -2, 0])('takes num_predict %i as no limit', async (limit) => {
    setup.simulator.reset();
    await chat({ options: { num_predict: limit } });
    expect(setup.simulator.requests.at(-1)?.body).not.toHaveProperty('max_tokens');
  });

  it('reports a cut by the token limit as length', async () => {
    const { lines } = await setup.ask('/api/chat', {
      model: 'sim-chat',
      messages: [{ role: 'user', content: 'hi' }],
      options: { num_predict: 3 },
    });
    expect(lines.at(-1)).toMatchObject({ done_reason: 'length', eval_count: 3 });
  });

  it('separates thinking from text, one kind per line, never empty', async () => {
    const { lines } = await setup.ask('/api/chat', {
      model: 'sim-reason',
      messages: [{ role: 'user', content: 'why?' }],
    });
    expect(lines.some(({ message }) => message?.thinking)).toBe(true);
    for (const { message } of lines) {
      expect(message?.thinking).not.toBe('');
      expect(Boolean(message?.thinking) && Boolean(message?.content)).toBe(false);
    }
  });

  it('loads and unloads without a call upstream', async () => {
    setup.simulator.reset();
    const loaded = await setup.ask('/api/chat', { model: 'sim-chat' });
    const unloaded = await setup.ask('/api/chat', { model: 'sim-chat', messages: [], keep_alive: 0 });
    expect(loaded.lines).toEqual([expect.objectContaining({ done: true, done_reason: 'load' })]);
    expect(unloaded.lines).toEqual([expect.objectContaining({ done: true, done_reason: 'unload' })]);
    expect(loaded.type).toContain('application/json');
    expect(setup.simulator.requests.filter(({ method }) => method === 'POST')).toHaveLength(0);
  });

  it('keeps the text for any chunks: drip, burst, a JSON response to a stream request', async () => {
    for (const script of [{ dripMs: 0.01 }, { burst: true }, { json: true }, { noDone: true }, { tokenDelayMs: 2 }]) {
      const { lines } = await setup.ask('/api/chat', {
        model: 'sim-chat',
        messages: [scripted({ text: 'Äpfel, 日本 und 🙂!', ...script })],
      });
      expect(textOf(lines), JSON.stringify(script)).toBe('Äpfel, 日本 und 🙂!');
      expect(lines.at(-1)?.done, JSON.stringify(script)).toBe(true);
    }
  });
});

describe('an upstream that sends its headers and then waits', () => {
  it("does not delay the client's headers any further", async () => {
    const upstream = createServer((request, response) => {
      request.resume();
      if (request.method === 'GET') {
        response.end('{"data":[{"id":"x"}]}');
        return;
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      const event = { choices: [{ delta: { content: 'Hi' }, finish_reason: 'stop' }] };
      setTimeout(() => response.end(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`), 3000);
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const patient = await startProxy(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
    onTestFinished(async () => {
      await patient.close();
      upstream.close();
    });
    const body = JSON.stringify({ model: 'x', messages: [{ role: 'user', content: 'x' }] });
    const asked = performance.now();
    const response = await fetch(`${patient.url}/api/chat`, { method: 'POST', body });
    // Once a second and not twice.
    expect(performance.now() - asked).toBeLessThan(1900);
    expect(await response.text()).toContain('"content":"Hi"');
  });
});
