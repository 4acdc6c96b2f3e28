import { describe, expect, it } from 'vitest';
import { AnswerDecoder } from '#streaming';
import { TranslationService } from '#translation';
import { propertySeed } from './seed.js';

/** How many damaged bodies are read; a long run is one with more (FUZZ_CASES). */
const CASES = Number(process.env.FUZZ_CASES ?? 10_000);

/** A small generator, so that a seed repeats a run. */
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

/** What a client would see, without the sockets: lines, then one end of either kind. */
function read(bytes: Buffer, random: () => number): { dones: number; errors: number } {
  const service = new TranslationService({ now: () => 1, timestamp: () => 't' }, () => 'call_x');
  const answer = service.chatAnswer(
    { model: 'm', messages: [], tools: [], stream: true, options: {}, logprobs: false, top_logprobs: 0 },
    0,
  );
  const decoder = new AnswerDecoder('text/event-stream');
  const lines: { done: boolean }[] = [];
  // Short pieces cut events apart, long ones hold several.
  const mostBytes = random() < 0.5 ? 60 : 2000;
  try {
    for (let at = 0; at < bytes.length && !answer.isOver;) {
      const size = 1 + Math.floor(random() * mostBytes);
      lines.push(...answer.read(decoder.feed(bytes.subarray(at, at + size), answer.pattern)));
      at += size;
    }
    if (!answer.isOver) {
      const whole = decoder.whole();
      if (whole === undefined) lines.push(...answer.read(decoder.end()));
      else answer.readWhole(whole);
    }
    lines.push(...answer.end());
  } catch (failure) {
    expect((failure as Error).message).toMatch(/./);
    expect((failure as { status?: number }).status).toBeGreaterThanOrEqual(400);
    return { dones: lines.filter(({ done }) => done).length, errors: 1 };
  }
  return { dones: lines.filter(({ done }) => done).length, errors: 0 };
}

describe('any bytes whatever from a backend', () => {
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
