import { describe, expect, it } from 'vitest';
import { dataLines, events, question, sendWith, startSimulator, streamText, until } from '../../test/support.js';
import type { Received } from '../../test/support.js';
import type { Script } from './script.js';

async function run(script: Script, stream: boolean, leaveAfter = 0): Promise<Received> {
  const simulator = await startSimulator();
  simulator.next(script);
  const received = await sendWith(simulator, '/chat/completions', {
    body: question('Hi', { stream, stream_options: { include_usage: true } }),
    onStart: (call) => leaveAfter > 0 && setTimeout(() => call.destroy(), leaveAfter),
  });
  if (leaveAfter > 0) await until(() => simulator.requests[0]?.aborted === true);
  return received;
}

describe('content', () => {
  it('responds with the scripted text', async () => {
    const { text } = await run({ text: 'Grüße 🙂', thinking: 'hm hm', finish: 'content_filter' }, true);
    expect(streamText(text)).toBe('Grüße 🙂');
    expect(streamText(text, 'reasoning_content')).toBe('hm hm');
    expect(events(text).at(-2)?.choices[0].finish_reason).toBe('content_filter');
  });

  it.each([
    ['12', '"12"'],
    [12.5, '12.5'],
    [-3, '-3'],
    [null, 'null'],
    ['1e999', '1e999'],
  ])('has odd counts verbatim: %j', async (usage, written) => {
    for (const stream of [true, false]) {
      const { text } = await run({ usage }, stream);
      expect(text).toContain(`"prompt_tokens":${written}`);
      expect(text).toContain(`"cached_tokens":${written}`);
    }
  });

  it('has exactly the number of tokens', async () => {
    const { text } = await run({ tokens: 37 }, true);
    expect(events(text).filter((event) => event.choices[0]?.delta.content)).toHaveLength(37);
    expect(events(text).at(-1)?.usage.completion_tokens).toBe(37);
  });

  it.each([true, false])('is about as huge as wanted (stream: %s)', async (stream) => {
    const { text, complete } = await run({ hugeBytes: 3_000_000 }, stream);
    const answer = stream ? streamText(text) : JSON.parse(text).choices[0].message.content;
    expect(complete).toBe(true);
    expect(Buffer.byteLength(answer)).toBeGreaterThan(2_900_000);
    expect(Buffer.byteLength(answer)).toBeLessThan(3_100_000);
    expect(answer).not.toContain('\uFFFD');
  });

  it('calls as many tools as wanted, even without any declared', async () => {
    const { text } = await run({ toolCalls: 2 }, false);
    const { tool_calls: calls } = JSON.parse(text).choices[0].message;
    expect(calls).toHaveLength(2);
    expect(calls[0].id).not.toBe(calls[1].id);
  });

  it('can be empty', async () => {
    const { text } = await run({ emptyAnswer: true }, true);
    expect(streamText(text)).toBe('');
    expect(events(text).at(-1)?.usage.completion_tokens).toBe(0);
  });

  it('leaves out the end of a stream', async () => {
    const { text, complete } = await run({ noDone: true, noFinish: true, noUsage: true }, true);
    expect(complete).toBe(true);
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('usage');
    expect(events(text).every((event) => event.choices[0].finish_reason === null)).toBe(true);
  });

  it('answers a stream request with JSON', async () => {
    const { headers, text } = await run({ json: true, text: 'one' }, true);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(text).choices[0].message.content).toBe('one');
  });
});

describe('errors', () => {
  it.each([true, false])('answers with a status (stream: %s)', async (stream) => {
    const { status, headers, text } = await run({ status: 429, error: 'Slow down', retryAfter: 3 }, stream);
    expect(status).toBe(429);
    expect(headers['retry-after']).toBe('3');
    expect(JSON.parse(text).error).toMatchObject({ message: 'Slow down', type: 'rate_limit_error' });
  });

  it('answers with an HTML page', async () => {
    const { status, headers, text } = await run({ html: true, error: 'Bad Gateway' }, true);
    expect(status).toBe(502);
    expect(headers['content-type']).toBe('text/html');
    expect(text).toContain('<h1>502 Bad Gateway</h1>');
  });

  it('answers with an error under status 200', async () => {
    const { status, text } = await run({ error: 'Provider failed' }, true);
    expect(status).toBe(200);
    expect(JSON.parse(text).error.message).toBe('Provider failed');
  });

  it('breaks off with an error in the middle of a stream', async () => {
    const { text, complete } = await run({ errorEvent: 'Lost the GPU', after: 3 }, true);
    expect(complete).toBe(true);
    expect(events(text)).toHaveLength(4);
    expect(events(text).at(-1)?.error.message).toBe('Lost the GPU');
  });

  it('puts the error into the body of a JSON answer', async () => {
    const { status, text } = await run({ errorEvent: 'Lost the GPU' }, false);
    expect(status).toBe(200);
    expect(JSON.parse(text).error.message).toBe('Lost the GPU');
  });
});

describe('broken answers', () => {
  it('has one line in the stream that is not JSON', async () => {
    const { text } = await run({ malformed: true, text: 'a b c' }, true);
    const lines = dataLines(text).filter((line) => line !== '[DONE]');
    const broken = lines.filter((line) => !line.endsWith('}'));
    expect(broken).toHaveLength(1);
    expect(lines.indexOf(broken[0] ?? '')).toBe(2);
    expect(text).toContain('[DONE]');
  });

  it('has a body that is not JSON', async () => {
    const { text, complete } = await run({ malformed: true }, false);
    expect(complete).toBe(true);
    expect(() => JSON.parse(text)).toThrow();
  });

  it.each([
    ['between-events', 3],
    ['mid-event', 3],
    ['reset', 3],
  ] as const)('cuts a stream: %s', async (cut, after) => {
    const { text, complete, error } = await run({ cut, after }, true);
    expect(complete).toBe(false);
    expect(error).toBe('ECONNRESET');
    expect(text.split('\n\n').slice(0, -1)).toHaveLength(after);
    expect(text.endsWith('\n\n')).toBe(cut !== 'mid-event');
  });

  it('ends a stream in order, but too early', async () => {
    const { text, complete } = await run({ cut: 'clean' }, true);
    expect(complete).toBe(true);
    expect(events(text)).toHaveLength(2);
    expect(text).not.toContain('[DONE]');
  });

  it.each(['mid-event', 'between-events', 'reset', 'clean'] as const)('cuts a JSON body: %s', async (cut) => {
    const { text, complete } = await run({ cut }, false);
    expect(complete).toBe(cut === 'clean');
    expect(text).not.toBe('');
    expect(() => JSON.parse(text)).toThrow();
  });

  it('applies a fault at the end of a stream that is too short for it', async () => {
    const { text, complete } = await run({ cut: 'between-events', after: 1000, text: 'a' }, true);
    expect(complete).toBe(false);
    expect(text).toContain('[DONE]');
  });
});

describe('silence', () => {
  it.each([
    ['before-headers', true, 0],
    ['before-headers', false, 0],
    ['after-headers', true, 200],
    ['after-headers', false, 200],
    ['mid-stream', true, 200],
    ['mid-stream', false, 200],
  ] as const)('hangs %s (stream: %s)', async (hang, stream, status) => {
    const received = await run({ hang }, stream, 150);
    expect(received.status).toBe(status);
    expect(received.complete).toBe(false);
    expect(received.text === '').toBe(hang !== 'mid-stream');
  });
});

describe('pace', () => {
  it.each([
    [{ tokens: 10, tokenDelayMs: 10 }, true, 90],
    [{ tokens: 10, tokenDelayMs: 10 }, false, 90],
    [{ firstTokenDelayMs: 120 }, true, 110],
    [{ headersDelayMs: 120 }, true, 110],
    [{ headersDelayMs: 120 }, false, 110],
  ])('takes its time: %j', async (script, stream, least) => {
    const start = performance.now();
    const { complete } = await run(script, stream);
    expect(complete).toBe(true);
    expect(performance.now() - start).toBeGreaterThan(least);
  });

  it('drips a few bytes at a time without harm to the text', async () => {
    const { text, pieces } = await run({ dripMs: 1, text: 'ü🙂' }, true);
    expect(streamText(text)).toBe('ü🙂');
    expect(pieces.length).toBeGreaterThan(50);
  });

  it('bursts, whatever the delays', async () => {
    const start = performance.now();
    const { text } = await run({ burst: true, tokens: 500, tokenDelayMs: 50 }, true);
    expect(events(text).length).toBeGreaterThan(500);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
