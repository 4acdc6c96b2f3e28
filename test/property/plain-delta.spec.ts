import { describe, expect, it } from 'vitest';
import { AnswerDecoder } from '#streaming';
import { AnswerReader } from '../../libs/translation/src/answer/answer-reader.js';
import { UpstreamAnswer } from '../../libs/translation/src/answer/upstream-answer.js';
import { propertySeed } from './seed.js';

/** The long form: PLAIN_DELTA_CHUNKS=1000000 npm test -- test/property/plain-delta.spec.ts */
const CHUNKS = Number(process.env.PLAIN_DELTA_CHUNKS ?? 100_000);
const CHUNKS_A_STREAM = 40;

const TEXTS = [
  ' the',
  '',
  'a',
  '"',
  '\\',
  '\n',
  'Grüße 🙂',
  '<think>',
  '</think>',
  '"content":"x"',
  'x","content":"y',
  '}]}',
  '\u2028',
  'S',
  'TOP',
  '\ud83d',
];

describe('the short way for plain deltas', () => {
  it(`tells the same as the long way for ${String(CHUNKS)} chunks`, { timeout: 300_000 }, () => {
    const random = mulberry(propertySeed());
    let short = 0;
    for (let chunk = 0; chunk < CHUNKS; chunk += CHUNKS_A_STREAM) {
      const stream = makeStream(random);
      const [fast, slow] = [newReader(), newReader()];
      // A new reader for each event would know nothing to compare with: this is the long way.
      forgetPlain(slow);
      const decoder = new AnswerDecoder('text/event-stream');
      for (let at = 0; at < stream.length;) {
        // What one network read brings: one event, or many.
        const some = stream.slice(at, at + Math.ceil(random() * 12));
        const bytes = Buffer.from(some.map((data) => `data: ${data}\n\n`).join(''));
        at += some.length;
        const items = decoder.feed(bytes, fast.pattern);
        for (const item of items) if ('middles' in item) short += item.middles.length;
        fast.read(items);
        // As half characters come off the wire.
        slow.read(some.map((data) => ({ name: '', data: Buffer.from(data).toString() })));
        expect(tell(fast), some.join('\n')).toEqual(tell(slow));
      }
      expect(end(fast)).toEqual(end(slow));
    }
    // Otherwise nothing was compared.
    expect(short).toBeGreaterThan(CHUNKS / 20);
  });
});

function newReader(): AnswerReader {
  const answer = new UpstreamAnswer({ thinking: true, topLogprobs: 0, newId: () => 'id' });
  answer.watchStops(['STOP']);
  return new AnswerReader(answer);
}

function forgetPlain(reader: AnswerReader): void {
  const { plain } = reader as unknown as { plain: { textOf: (data: string) => string | undefined } };
  plain.textOf = () => undefined;
}

function tell(reader: AnswerReader): unknown {
  return [reader.answer.take(), reader.isOver, reader.answer.isFinished, reader.failure?.message];
}

function end(reader: AnswerReader): unknown {
  try {
    return [reader.answer.end(true), reader.answer.take()];
  } catch (failure) {
    return (failure as Error).message;
  }
}

/** Events of one backend: mostly alike, with everything mixed in that a stream may hold, and some damage. */
function makeStream(random: () => number): string[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const extra = pick([{}, {}, { usage: null }, { usage: { prompt_tokens: 1 } }, { system_fingerprint: 'f' }, { x: 1 }]);
  const choiceExtra = pick([{}, { logprobs: null }, { finish_reason: null }, { stop_reason: null }]);
  const deltaExtra = pick([{}, { role: 'assistant' }, { refusal: null }, { reasoning: null }, { tool_calls: null }]);
  const space = pick(['', '', ' ']);
  const write = (choice: object): string => {
    const text = JSON.stringify({ id: 'c', object: 'chunk', created: 1, model: 'm', ...extra, choices: [choice] });
    return space === '' ? text : text.replaceAll('":', `"${space}:${space}`);
  };
  return Array.from({ length: CHUNKS_A_STREAM }, () => {
    const kind = random();
    const content = pick(TEXTS);
    if (kind < 0.85) return write({ index: 0, delta: { ...deltaExtra, content }, ...choiceExtra });
    if (kind < 0.88) return write({ index: 0, delta: { reasoning_content: content }, ...choiceExtra });
    if (kind < 0.9) return write({ index: 1, delta: { content }, ...choiceExtra });
    if (kind < 0.92) return write({ index: 0, delta: { content, content_2: content }, ...choiceExtra });
    if (kind < 0.94)
      return write({ index: 0, delta: { ...deltaExtra, content } }).replace(
        '"delta"',
        '"delta": {"content":"k"},"delta"',
      );
    if (kind < 0.96) {
      const whole = write({ index: 0, delta: { ...deltaExtra, content }, ...choiceExtra });
      const at = Math.floor(random() * whole.length);
      return whole.slice(0, at) + pick(['', '"', '{', '\t', 'x', '\\']) + whole.slice(at + 1);
    }
    if (kind < 0.97) return write({ index: 0, delta: {}, finish_reason: 'stop' });
    if (kind < 0.98) return '[DONE]';
    return write({
      index: 0,
      delta: { content: 'a"b', tool_calls: [{ index: 0, function: { name: 'f', arguments: '{}' } }] },
    });
  });
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
