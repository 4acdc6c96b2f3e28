import { describe, expect, it } from 'vitest';
import { DeltaTemplate } from './delta-template.js';
import { ResponsesToChat } from './responses-to-chat.js';

const NAME = 'response.output_text.delta';
const TEXTS = [
  ...['Hello', ' world', '', '"quoted"', 'back\\slash', '\\', '\\"', 'line\nbreak', '\u0000', 'Grüße 🙂', '\ud83d'],
  ...['{"delta":"x"}', '","delta":"y', '"sequence_number":1', 'obfuscation":"z', 'x'.repeat(10_000), '7', 'end'],
];

/** As the events of upstreams are written: compact, with spaces, with the fields in another order, with padding. */
const FORMS: [string, (text: string, number: number) => string][] = [
  ['compact', (delta, n) => JSON.stringify({ type: NAME, sequence_number: n, item_id: 'm', output_index: 0, delta })],
  [
    'number last',
    (delta, n) => JSON.stringify({ type: NAME, delta, output_index: 0, logprobs: [], sequence_number: n }),
  ],
  [
    'padded',
    (delta, n) =>
      JSON.stringify({ type: NAME, sequence_number: n, delta, logprobs: [], obfuscation: 'ab'.repeat(n % 5) }),
  ],
  ['spaces', (delta, n) => `{"type": "${NAME}", "sequence_number": ${n}, "delta": ${JSON.stringify(delta)}}`],
  ['without a number', (delta) => JSON.stringify({ type: NAME, delta })],
  ['without a type', (delta) => JSON.stringify({ delta })],
];

function read(datas: readonly string[], size: number): string {
  const reader = new ResponsesToChat({
    contentType: 'text/event-stream',
    isStreamed: false,
    includesUsage: true,
    watchedStops: [],
    carriesItems: false,
    tools: new Set(),
  });
  const end = 'event: response.completed\ndata: {"type":"response.completed","response":{"status":"completed"}}\n\n';
  const bytes = Buffer.from(datas.map((data) => `event: ${NAME}\ndata: ${data}\n\n`).join('') + end);
  const written: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) written.push(reader.feed([bytes.subarray(at, at + size)]));
  const { choices } = JSON.parse(Buffer.concat([...written, reader.end()]).toString()) as {
    choices: [{ message: { content: string } }];
  };
  return choices[0].message.content;
}

describe.each(FORMS)('deltas that are %s', (_form, toData) => {
  it.each([1, 17, 4096, 1_000_000])('have the text of those that are parsed, in pieces of %d bytes', (size) => {
    const datas = TEXTS.map(toData);
    // A field that differs in each: none of them matches a template.
    const parsed = datas.map((data, at) => data.replace(/^\{/, `{"n":"${String(at)}",`));
    expect(read(datas, size)).toBe(read(parsed, size));
    expect(read(datas, size)).toBe(TEXTS.join(''));
  });

  it('are not parsed from the second on', () => {
    const template = new DeltaTemplate();
    const [first = '', ...others] = ['Hello', ' "world"', '\\'].map(toData);
    template.learn(NAME, first, JSON.parse(first) as Record<string, unknown>);
    expect(others.map((data) => template.textOf(NAME, data))).toEqual([' "world"', '\\']);
    expect(template.textOf('response.refusal.delta', others[0]!)).toBeUndefined();
  });
});

it.each([
  ['{"type":"t","delta":"a","delta":"b"}', '{"type":"t","delta":"c","delta":"b"}'],
  ['{"delta":"a","item":{"delta":"b"}}', '{"delta":"c","item":{"delta":"b"}}'],
  ['{"delta":"a","logprobs":[{"token":"a"}]}', '{"delta":"c","logprobs":[{"token":"a"}]}'],
  ['{"delta":"a"}', '{"delta":"a","more":1}'],
  ['{"delta":"a"}', '{"delta":"a'],
  ['{"delta":"a"}', '{"delta":"a\n"}'],
  ['{"delta":"a"}', '{"delta":"\\x"}'],
  ['{"delta":"a"}', '{"delta":7}'],
  ['{"delta":"a","sequence_number":1}', '{"delta":"a","sequence_number":1.5}'],
  ['{"delta":"a","sequence_number":1}', '{"delta":"a","sequence_number":}'],
  ['{"delta":"a","obfuscation":"b"}', '{"delta":"a","obfuscation":"\\x"}'],
])('after %s, %s has to be parsed', (first, next) => {
  const template = new DeltaTemplate();
  template.learn(NAME, first, JSON.parse(first) as Record<string, unknown>);
  expect(template.textOf(NAME, next)).toBeUndefined();
});

it('learning ends where nothing ever matches', () => {
  const template = new DeltaTemplate();
  for (let at = 0; at < 20; at += 1) {
    const data = `{"delta":"a","n":${String(at)}}`;
    template.learn(NAME, data, JSON.parse(data) as Record<string, unknown>);
  }
  expect(template.textOf(NAME, '{"delta":"b","n":19}')).toBeUndefined();
  expect(template.textOf(NAME, '{"delta":"b","n":7}')).toBe('b');
});
