import { describe, expect, it } from 'vitest';
import { TranslationService } from '#translation';
import { propertySeed } from './seed.js';

/** Number of damaged bodies; FUZZ_CASES sets more for a long run. */
const CASES = Number(process.env.FUZZ_CASES ?? 10_000);

/** A linear congruential generator, so that a seed repeats a run. */
function generator(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const chunk = (delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;
const BODIES = [
  chunk({ role: 'assistant' }) +
    chunk({ content: 'Grüße 🙂' }) +
    chunk({}, { finish_reason: 'stop' }) +
    'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n',
  ': ping\r\n\r\n' +
    chunk({ reasoning_content: 'hmm' }).replaceAll('\n', '\r\n') +
    chunk({ content: 'Ja', tool_calls: null }, { finish_reason: 'length' }),
  chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } }] }) +
    chunk({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }) +
    chunk({}, { finish_reason: 'tool_calls' }) +
    'data: [DONE]\n\n',
  chunk({ content: '<think>a</think>b' }) + 'event: error\ndata: {"error":{"message":"broken","code":500}}\n\n',
  '{"choices":[{"message":{"content":"whole","tool_calls":[]},"finish_reason":"stop"}],"usage":{"total_tokens":5}}',
  'error: {"code":500,"message":"no"}\n\n',
].map((text) => Buffer.from(text));

function damage(body: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(body);
  for (let times = Math.floor(random() * 4); times > 0; times -= 1) {
    const from = Math.floor(random() * bytes.length);
    const to = from + Math.floor(random() * 40);
    const piece = bytes.subarray(from, to);
    const kind = Math.floor(random() * 5);
    if (kind === 0) bytes = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)]);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from([...piece].reverse()), bytes.subarray(to)]);
    else if (kind === 3) bytes = bytes.subarray(0, from);
    else if (bytes.length > 0) bytes[from] = Math.floor(random() * 256);
  }
  return bytes;
}

/** Counts the ends that a client would see: lines with `done`, and errors. */
function read(bytes: Buffer, random: () => number): { dones: number; errors: number } {
  const service = new TranslationService({ now: () => 1, timestamp: () => 't' }, () => 'call_x');
  const stream = service.chatStream(
    {
      model: 'm',
      messages: [],
      tools: [],
      stream: true,
      options: {},
      logprobs: false,
      truncate: true,
      top_logprobs: 0,
    },
    { contentType: 'text/event-stream', watchedStops: [], received: 0, sent: 0 },
  );
  const lines: string[] = [];
  // Short chunks cut events, long ones contain several.
  const maxBytes = random() < 0.5 ? 60 : 2000;
  try {
    for (let at = 0; at < bytes.length && !stream.isOver;) {
      const size = 1 + Math.floor(random() * maxBytes);
      // As often as not: text waits where lines follow each other too fast.
      if (stream.feed([bytes.subarray(at, at + size)]) && random() < 0.5) lines.push(...stream.take());
      at += size;
    }
    if (!stream.isOver && stream.flush()) lines.push(...stream.take());
    lines.push(...stream.end());
  } catch (failure) {
    expect((failure as Error).message).toMatch(/./);
    expect((failure as { status?: number }).status).toBeGreaterThanOrEqual(400);
    return { dones: countDone(lines), errors: 1 };
  }
  return { dones: countDone(lines), errors: 0 };
}

describe('any bytes from an upstream', () => {
  it(`end in one done or one error (${CASES} damaged bodies)`, { timeout: 300_000 }, () => {
    const seed = propertySeed();
    const random = generator(seed);
    for (let count = 0; count < CASES; count += 1) {
      const body = damage(BODIES[count % BODIES.length]!, random);
      const { dones, errors } = read(body, random);
      expect(dones + errors, `seed ${seed}, case ${count}: ${JSON.stringify(body.toString())}`).toBe(1);
    }
  });
});

function countDone(lines: readonly string[]): number {
  return lines.filter((line) => (JSON.parse(line) as { done: boolean }).done).length;
}
