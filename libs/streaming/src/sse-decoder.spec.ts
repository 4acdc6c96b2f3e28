import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TranslationError } from '#errors';
import type { EventRun, EventTemplate } from './event-template.js';
import type { SseEvent } from './sse-decoder.js';
import { MAX_EVENT_BYTES, SseDecoder } from './sse-decoder.js';

const SIZES = [1, 2, 3, 7, 64, 65_536];

const CASES: { name: string; body: string; events: (string | SseEvent)[] }[] = [
  { name: 'events with line feeds', body: 'data: {"a":1}\n\ndata: {"a":2}\n\n', events: ['{"a":1}', '{"a":2}'] },
  { name: 'CRLF line ends', body: 'data: {"a":1}\r\n\r\ndata: [DONE]\r\n\r\n', events: ['{"a":1}', '[DONE]'] },
  { name: 'CR line ends', body: 'data: {"a":1}\r\rdata: {"a":2}\r\r', events: ['{"a":1}', '{"a":2}'] },
  { name: 'mixed line ends', body: 'data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\n', events: ['1', '2', '3'] },
  { name: 'a byte order mark', body: '\uFEFFdata: {"a":1}\n\n', events: ['{"a":1}'] },
  { name: 'a byte order mark that is text', body: 'data: \uFEFFx\n\n', events: ['\uFEFFx'] },
  { name: 'comments before the first event', body: ': ping - 2025\n\n:\n\n: OPEN\n\ndata: 1\n\n', events: ['1'] },
  { name: 'a comment inside an event', body: 'data: 1\n: keep-alive\ndata: 2\n\n', events: ['1\n2'] },
  { name: 'no space after the colon', body: 'data:{"a":1}\n\ndata:[DONE]\n\n', events: ['{"a":1}', '[DONE]'] },
  { name: 'one space taken off and no more', body: 'data:  x \n\n', events: [' x '] },
  { name: 'a space before the field', body: ' data: {"a":1}\n\n  data: 2\n\n', events: ['{"a":1}', '2'] },
  { name: 'JSON over several data lines', body: 'data: {\ndata:   "a": 1\ndata: }\n\n', events: ['{\n  "a": 1\n}'] },
  { name: 'empty data', body: 'data:\n\ndata: \n\ndata: 1\n\n', events: ['', '', '1'] },
  {
    name: 'a named event, whose name ends with it',
    body: 'event: error\ndata: {"a":1}\n\nevent:message\ndata: 2\n\ndata: 3\n\n',
    events: [{ name: 'error', data: '{"a":1}' }, { name: 'message', data: '2' }, '3'],
  },
  { name: 'a name without data', body: 'event: ping\n\ndata: 1\n\n', events: ['1'] },
  {
    name: 'the field "error"',
    body: 'data: 1\n\nerror: {"code":500}\n\ndata: 2\n\n',
    events: ['1', { name: 'error', data: '{"code":500}' }, '2'],
  },
  { name: 'unknown fields', body: 'id: 7\nretry: 100\nfoo: bar\nnonsense\ndata: 1\n\n', events: ['1'] },
  {
    name: 'a bare line of JSON',
    body: 'data: 1\n\n{"error":{"message":"x"}}\n\n',
    events: ['1', '{"error":{"message":"x"}}'],
  },
  { name: 'a last event without a blank line', body: 'data: 1\n\ndata: [DONE]\n', events: ['1', '[DONE]'] },
  { name: 'a last event without a line end', body: 'data: 1\n\ndata: [DONE]', events: ['1', '[DONE]'] },
  {
    name: 'text of every length in UTF-8',
    body: 'data: Grüß dich 🙂 日本\n\ndata: 🙃\n\n',
    events: ['Grüß dich 🙂 日本', '🙃'],
  },
  {
    name: 'line separators that are text',
    body: 'data: a\u2028b\u2029c\u0085d\n\n',
    events: ['a\u2028b\u2029c\u0085d'],
  },
  { name: 'nothing at all', body: '', events: [] },
  { name: 'nothing but blank lines', body: '\n\r\n\n  \n', events: [] },
];

describe('SSE decoder', () => {
  describe.each(CASES)('reads $name', ({ body, events }) => {
    it.each(SIZES)('in pieces of %i bytes', (size) => {
      expect(decode(pieces(body, size))).toEqual(events.map(toEvent));
    });
  });

  it('returns an event as soon as its blank line has come', () => {
    const { decoder, take } = open();

    decoder.feed(bytes('data: 1\n'));
    expect(take()).toEqual([]);
    decoder.feed(bytes('\ndata: 2'));
    expect(take()).toEqual([toEvent('1')]);
    decoder.feed(bytes('\n\n'));
    expect(take()).toEqual([toEvent('2')]);
    decoder.end();
    expect(take()).toEqual([]);
  });

  it('returns events that end with CR as they come', () => {
    const { decoder, take } = open();

    decoder.feed(bytes('data: 1\r\rdata: 2\r\r'));
    decoder.feed(bytes('data: 3\r\r'));

    expect(take()).toContainEqual(toEvent('1'));
  });

  it('gives replacement characters for a UTF-8 sequence that the end cut off', () => {
    const { decoder, take } = open();

    decoder.feed(bytes('data: ok🙂').subarray(0, -1));
    decoder.end();

    expect(take()).toEqual([toEvent('ok\uFFFD')]);
  });

  it.each([65_536, MAX_EVENT_BYTES + 100])('rejects an event that never ends, in pieces of %i bytes', (size) => {
    const body = new Uint8Array(MAX_EVENT_BYTES + 100).fill(120);
    body.set(bytes('data: '));

    expect(() => decode(cut(body, size))).toThrow(TranslationError);
    expect(() => decode(cut(body, size))).toThrow('upstream error: an event of the stream is too large');
  });

  it('rejects an event of too many lines', () => {
    const line = bytes(`data: ${'x'.repeat(1024 * 1024)}\n`);

    expect(() => decode(Array.from({ length: 17 }, () => line))).toThrow('too large');
  });

  it('accepts any number of events that are not too large', () => {
    const event = bytes(`data: ${'x'.repeat(1024 * 1024)}\n\n`);

    expect(decode(Array.from({ length: 20 }, () => event))).toHaveLength(20);
  });

  it('decodes any list of events, however it was written and cut', () => {
    const event = fc.record({
      name: fc.stringMatching(/^[a-z]{0,6}$/),
      lines: fc.array(
        fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, ' ')),
        { minLength: 1, maxLength: 3 },
      ),
      eol: fc.constantFrom('\n', '\r\n', '\r'),
      comment: fc.boolean(),
    });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });

    fc.assert(
      fc.property(fc.array(event), cuts, (list, lengths) => {
        const body = list.map(write).join('');
        const expected = list.map(({ name, lines }) => ({ name, data: lines.join('\n') }));
        expect(decode(piecesOf(bytes(body), lengths))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['\n', '\r\n'])('returns events of the template as one run, with line ends %j', (lineEnd) => {
    const template = { prefix: '{"a":"', suffix: '"}' };
    const { decoder, take } = open(template);
    const list = [': ping', 'data: {"a":"1"}', 'data: {"a":""}', 'data: {"a":"\\u00e9\\n\\""}', 'data: [DONE]'];

    decoder.feed(bytes(list.map((line) => line + lineEnd + lineEnd).join('')));

    expect(take()).toEqual([{ template, texts: '1\n\n\\u00e9\\n\\"', count: 2 }, toEvent('[DONE]')]);
  });

  it.each(['a"b', '\\', '\\x', '\\u12', '\\u00g0', 'a\tb', 'a\u0000b'])(
    'returns an event of the template on its own whose text is no JSON: %j',
    (text) => {
      const { decoder, take } = open({ prefix: '{"a":"', suffix: '"}' });

      decoder.feed(bytes(`data: {"a":"${text}"}\n\n`));

      expect(take()).toEqual([toEvent(`{"a":"${text}"}`)]);
    },
  );

  it('does not join the halves of a character that are in two texts', () => {
    const template = { prefix: '{"a":"', suffix: '"}' };
    const { decoder, take } = open(template);
    const [before, between, after] = ['data: {"a":"', '"}\n\ndata: {"a":"', '"}\n\n'].map(bytes);

    decoder.feed(Buffer.concat([before!, bytes('é').subarray(0, 1), between!, bytes('é').subarray(1), after!]));

    expect(take()).toEqual([{ template, texts: '\uFFFD\n\uFFFD', count: 2 }]);
  });

  it('reads a run with the template that the event before it has changed', () => {
    const events: unknown[] = [];
    const sink = {
      takesRuns: true,
      template: undefined as EventTemplate | undefined,
      readEvent: (event: SseEvent) => {
        events.push(event.data);
        sink.template = { prefix: '{"a":"', suffix: '"}' };
      },
      readRun: ({ texts }: EventRun) => events.push([texts]),
    };

    new SseDecoder(sink).feed(bytes('data: {"a":"1"}\n\ndata: {"a":"2"}\n\ndata: {"a":"3"}\n\n'));

    expect(events).toEqual(['{"a":"1"}', ['2\n3']]);
  });

  it('is not slowed down by a long event that repeats the end of the template', () => {
    const template = { prefix: '{"a":"', suffix: `"${',"b":1'.repeat(300)}` };

    expect((count: number) => {
      const event = `${template.prefix}x"${',"b":1'.repeat(count)}}`;
      expect(decode([bytes(`data: ${event}\n\n`)], template)).toEqual([toEvent(event)]);
    }).toTakeLinearTime(250_000);
  });

  it('is not slowed down by lines that begin like the template', () => {
    const template = { prefix: `${'x'.repeat(1000)}"`, suffix: '"' };

    expect((count: number) => {
      decode([bytes(`data: ${template.prefix}1"x\n\n`.repeat(count / 1000))], template);
    }).toTakeLinearTime(2_000_000);
  });

  it('returns the same events with and without a template, whatever is between them and wherever they are cut', () => {
    const template = { prefix: 'HE"', suffix: '"TT' };
    const parts = [
      'data: HE"',
      '"TT\n\n',
      'HE"',
      '"TT',
      'T',
      'H',
      '\n',
      '\n\n',
      '\r\n',
      ' ',
      'data:',
      'data: HE"1"TT\n\n',
    ];
    const others = ['event: error\n', 'error: x\n', ': ping\n\n', '{"a":1}\n', '\uFEFF', '🙂', 'data: HE""TT\n\n'];
    const fragment = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('data: HE"1"TT\n\n', 'data: HE"é\\n"TT\r\n\r\n') },
      fc.constantFrom(...parts, ...others),
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1 });

    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 20 }), cuts, (fragments, lengths) => {
        const all = piecesOf(bytes(fragments.join('')), lengths);
        expect(decode(all, template)).toEqual(decode(all));
      }),
      { numRuns: 5000 },
    );
  });
});

function write({
  name,
  lines,
  eol,
  comment,
}: {
  name: string;
  lines: string[];
  eol: string;
  comment: boolean;
}): string {
  const fields = [
    ...(comment ? [': keep-alive'] : []),
    ...(name === '' ? [] : [`event: ${name}`]),
    ...lines.map((line) => `data: ${line}`),
  ];
  return fields.map((field) => `${field}${eol}`).join('') + eol;
}

function toEvent(event: string | SseEvent): SseEvent {
  return typeof event === 'string' ? { name: '', data: event } : event;
}

/** A decoder, and what it has passed on since the last call of `take`. */
function open(template?: EventTemplate): { decoder: SseDecoder; take: () => (SseEvent | EventRun)[] } {
  const items: (SseEvent | EventRun)[] = [];
  const push = (item: SseEvent | EventRun): void => void items.push(item);
  return {
    decoder: new SseDecoder({ takesRuns: template !== undefined, template, readEvent: push, readRun: push }),
    take: () => items.splice(0),
  };
}

function decode(parts: readonly Uint8Array[], template?: EventTemplate): SseEvent[] {
  const { decoder, take } = open(template);
  for (const part of parts) decoder.feed(part);
  decoder.end();
  return take().flatMap(eventsOf);
}

function eventsOf(item: SseEvent | EventRun): SseEvent[] {
  if (!('texts' in item)) return [item];
  const { prefix, suffix } = item.template;
  return item.texts.split('\n').map((text) => toEvent(prefix + text + suffix));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function pieces(text: string, size: number): Uint8Array[] {
  return cut(bytes(text), size);
}

function cut(whole: Uint8Array, size: number): Uint8Array[] {
  return piecesOf(whole, [size]);
}

/** Pieces of the given lengths, in rotation. */
function piecesOf(whole: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < whole.length; turn += 1) {
    const length = lengths[turn % lengths.length]!;
    parts.push(whole.subarray(at, at + length));
    at += length;
  }
  return parts;
}
