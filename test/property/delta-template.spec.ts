import { describe, expect, it } from 'vitest';
import { ResponseDecoder } from '#streaming';
import { EventReader } from '../../libs/translation/src/response/event-reader.js';
import { CompletionAssembler } from '../../libs/translation/src/response/completion-assembler.js';
import { propertySeed } from './seed.js';

/** Number of events; for a long run: DELTA_EVENTS=1000000 npm test -- test/property/delta-template.spec.ts */
const EVENTS = Number(process.env.DELTA_EVENTS ?? 100_000);
const EVENTS_PER_STREAM = 40;

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

describe('the fast path for events of one template', () => {
  it(`has the same result as parsing for ${String(EVENTS)} events`, { timeout: 300_000 }, () => {
    const random = mulberry(propertySeed());
    let inRuns = 0;
    for (let count = 0; count < EVENTS; count += EVENTS_PER_STREAM) {
      const stream = makeStream(random);
      const [fast, slow] = [newReader(), newReader()];
      disableTemplates(slow);
      const decoder = new ResponseDecoder('text/event-stream');
      for (let at = 0; at < stream.length;) {
        // One network read brings one event or several.
        const some = stream.slice(at, at + Math.ceil(random() * 12));
        const bytes = Buffer.from(some.map((data) => `data: ${data}\n\n`).join(''));
        at += some.length;
        const items = decoder.feed(bytes, fast.template);
        for (const item of items) if ('texts' in item) inRuns += item.texts.length;
        fast.read(items);
        // UTF-8 has no lone surrogates, so the text is encoded and decoded here, too.
        slow.read(some.map((data) => ({ name: '', data: Buffer.from(data).toString() })));
        expect(stateOf(fast), some.join('\n')).toEqual(stateOf(slow));
      }
      expect(endOf(fast)).toEqual(endOf(slow));
    }
    // The fast path was taken.
    expect(inRuns).toBeGreaterThan(EVENTS / 20);
  });
});

function newReader(): EventReader {
  const options = { thinking: true, topLogprobs: 0, newId: () => 'id', watchedStops: ['STOP'] };
  return new EventReader(new CompletionAssembler(options));
}

function disableTemplates(reader: EventReader): void {
  const { delta } = reader as unknown as { delta: { textOf: (data: string) => string | undefined } };
  delta.textOf = () => undefined;
}

function stateOf(reader: EventReader): unknown {
  return [reader.completion.take(), reader.isOver, reader.completion.isFinished, reader.failure?.message];
}

function endOf(reader: EventReader): unknown {
  try {
    return [reader.completion.end(true), reader.completion.take()];
  } catch (failure) {
    return (failure as Error).message;
  }
}

/** Events of one upstream: mostly of one template, mixed with all others that a stream may have, some of them damaged. */
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
  return Array.from({ length: EVENTS_PER_STREAM }, () => {
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
