import fc from 'fast-check';
import { PNG } from '../flows/support.js';

/** Replaced by `__proto__` in the text: an object literal cannot have it as a key. */
const PROTO = '§proto§';

export const toText = (value: unknown): string => JSON.stringify(value).replaceAll(`"${PROTO}"`, '"__proto__"');

const key = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom(PROTO, 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'model', 'name', 'error', 'MODEL'),
);

/** Any JSON, with what bites in it. */
const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<unknown>(null, true, false, '', 0, -1, 1.5, 1e21, -1e308, [], {}, '\u0000', '\ud800', 'sim-chat'),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('anything'), { maxLength: 4 }),
    fc.dictionary(key, tie('anything'), { maxKeys: 4 }),
  ),
}));

const model = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('sim-chat', 'sim-reason', 'sim-vision', 'sim-embed', 'sim-plain') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' ', '../../etc/passwd', '__proto__', 'constructor', 'a:b:c', 'ünïcode', '\n'),
  },
  { weight: 1, arbitrary: anything },
);

/** The fields that some route knows, each with a value that would do. */
const VALID: Readonly<Record<string, unknown>> = {
  model: 'sim-chat',
  name: 'sim-chat',
  messages: [
    { role: 'user', content: 'hi', images: [PNG] },
    {
      role: 'assistant',
      content: '',
      thinking: 'x',
      tool_calls: [{ id: 'a', function: { name: 'f', arguments: { x: 1 } } }],
    },
    { role: 'tool', content: 'y', tool_name: 'f', tool_call_id: 'a' },
  ],
  prompt: 'hi',
  suffix: 'end',
  system: 'Be brief.',
  template: '{{ if .System }}{{ .System }}{{ end }}{{ .Prompt }}',
  context: [1, 2, 3],
  raw: false,
  images: [PNG],
  input: ['a', 'b'],
  truncate: true,
  dimensions: 8,
  tools: [
    { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object', properties: {} } } },
  ],
  options: { temperature: 1, stop: ['x'], num_predict: 5, use_mmap: true },
  format: { type: 'object', properties: { a: { type: 'integer' } } },
  think: 'low',
  stream: false,
  keep_alive: '5m',
  logprobs: true,
  top_logprobs: 2,
  verbose: true,
  source: 'sim-chat',
  destination: 'b',
  insecure: false,
  query: 'x',
};
const FIELDS = Object.keys(VALID);

/** One place of a valid value replaced by anything. */
function spoil(value: unknown, picks: readonly number[], by: unknown): unknown {
  const [pick = 0, ...rest] = picks;
  if (typeof value !== 'object' || value === null || picks.length === 0) return by;
  const keys = Object.keys(value);
  const chosen = keys[pick % (keys.length || 1)];
  if (chosen === undefined) return by;
  const inner = spoil((value as Record<string, unknown>)[chosen], rest, by);
  return Array.isArray(value) ? value.with(Number(chosen), inner) : { ...value, [chosen]: inner };
}

const spoiled = fc
  .record({
    fields: fc.subarray(FIELDS),
    model,
    target: fc.constantFrom(...FIELDS),
    picks: fc.array(fc.nat(9), { maxLength: 4 }),
    by: anything,
  })
  .map(({ fields, model: named, target, picks, by }) => ({
    ...Object.fromEntries(fields.map((field) => [field, VALID[field]])),
    model: named,
    [target]: spoil(target === 'model' ? named : VALID[target], picks, by),
  }));

const invented = fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), key), anything, { maxKeys: 8 });

/** Text that is nearly JSON, or not at all. */
const broken = fc.oneof(
  fc.tuple(spoiled, fc.nat()).map(([value, cut]) => toText(value).slice(0, cut % 400)),
  fc.tuple(spoiled, fc.string()).map(([value, more]) => `${toText(value)}${more}`),
  fc.tuple(spoiled, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 })).map(([value, at, more]) => {
    const text = toText(value);
    const place = at % text.length;
    return text.slice(0, place) + more + text.slice(place + 1);
  }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', '\ufeff{}', 'null', '[]', '"x"', '0', '-', '1e999', '{"model":1e999}', 'NaN', "{'model':1}"),
  fc.constantFrom('{"model":"sim-chat","model":{}}', '{"Model":"sim-chat","PROMPT":1}', '{"keep_alive":"1e9h"}'),
);

export const hostileBody: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: spoiled.map(toText) },
  { weight: 2, arbitrary: invented.map(toText) },
  { weight: 1, arbitrary: anything.map(toText) },
  { weight: 3, arbitrary: broken },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);
