import { describe, expect, it } from 'vitest';
import type { EventSink } from '#streaming';
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

const ARGUMENTS = ['{"a":', '"b', 'c"', '}', '{}', ' ', '', ',"d":1', '[', ']', '\\', '{"e":"\ud83d', 'ü'];

describe('the fast path for events of one template', () => {
  it(`has the same result as parsing for ${String(EVENTS)} events`, { timeout: 300_000 }, () => {
    const random = mulberry(propertySeed());
    let inRuns = 0;
    for (let count = 0; count < EVENTS; count += EVENTS_PER_STREAM) {
      const stream = makeStream(random);
      const watchedStops = random() < 0.5 ? ['STOP'] : [];
      const [fast, slow] = [newReader(watchedStops), newReader(watchedStops)];
      disableTemplates(slow);
      const decoder = new ResponseDecoder(
        'text/event-stream',
        countRuns(fast, (texts) => (inRuns += texts)),
      );
      const lineEnd = random() < 0.8 ? '\n' : '\r\n';
      for (let at = 0; at < stream.length;) {
        // One network read brings one event or several.
        const some = stream.slice(at, at + Math.ceil(random() * 12));
        decoder.feed(Buffer.from(some.map((data) => `data: ${data}${lineEnd}${lineEnd}`).join('')));
        at += some.length;
        // UTF-8 has no lone surrogates, so the text is encoded and decoded here, too.
        for (const data of some) slow.readEvent({ name: '', data: Buffer.from(data).toString() });
        expect(stateOf(fast), some.join('\n')).toEqual(stateOf(slow));
      }
      expect(endOf(fast)).toEqual(endOf(slow));
    }
    // The fast path was taken.
    expect(inRuns).toBeGreaterThan(EVENTS / 20);
  });
});

function newReader(watchedStops: readonly string[]): EventReader {
  const options = { thinking: true, topLogprobs: 0, newId: () => 'id', watchedStops };
  return new EventReader(new CompletionAssembler(options));
}

/** @param count takes the number of texts in each run that the reader takes */
function countRuns(reader: EventReader, count: (texts: number) => void): EventSink {
  return {
    get takesRuns() {
      return reader.takesRuns;
    },
    get template() {
      return reader.template;
    },
    readEvent: (event) => reader.readEvent(event),
    readRun: (run) => {
      count(run.texts.split('\n').length);
      reader.readRun(run);
    },
  };
}

function disableTemplates(reader: EventReader): void {
  const { delta } = reader as unknown as { delta: { textOf: (data: string) => string | undefined } };
  delta.textOf = () => undefined;
}

function stateOf(reader: EventReader): unknown {
  return [
    reader.completion.take(),
    reader.completion.estimate,
    reader.isOver,
    reader.completion.isFinished,
    reader.failure?.message,
  ];
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
  const reasoning = pick(['reasoning', 'reasoning_content']);
  const callExtra = pick([{}, {}, { id: 'c1' }, { type: 'function' }]);
  const call = (): object => {
    const begins = random() < 0.1 && { id: `c${String(Math.floor(random() * 3))}`, type: 'function' };
    const text = pick(ARGUMENTS);
    return {
      index: random() < 0.9 ? 0 : 1,
      ...callExtra,
      ...begins,
      function: { ...(begins && { name: 'f' }), arguments: text },
    };
  };
  return Array.from({ length: EVENTS_PER_STREAM }, () => {
    const kind = random();
    const content = pick(TEXTS);
    if (kind < 0.45) return write({ index: 0, delta: { ...deltaExtra, content }, ...choiceExtra });
    if (kind < 0.6) return write({ index: 0, delta: { ...deltaExtra, [reasoning]: content }, ...choiceExtra });
    if (kind < 0.85) return write({ index: 0, delta: { ...deltaExtra, tool_calls: [call()] }, ...choiceExtra });
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
