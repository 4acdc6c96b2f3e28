/** Bodies that no client sends by mistake: right but for one place, invented, cut, nested without end, not even text. */

/** Placeholder for what an object literal or `JSON.stringify` could not hold, until the text is made. */
const RAW = {
  '§proto§': '__proto__',
  '§huge§': '1e999',
  '§long§': '123456789012345678901234567890.12345678901234567890',
  '§minus§': '-0',
};

const KEYS = ['§proto§', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'model', 'MODEL', 'error', 'ſtream'];
const BITES = [null, true, false, '', 0, -1, 1.5, 1e21, -1e308, 2 ** 53, [], {}, '\u0000', '\ud800', 'sim-chat'];
const MODELS = ['sim-chat', 'sim-reason', 'sim-vision', 'sim-embed', 'sim-plain'];
const ODD_MODELS = [
  '',
  ' ',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'a:b:c',
  'ünïcode',
  '\n',
  'x'.repeat(5000),
];
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The fields that some route knows, each with a value that would do. */
const VALID = {
  name: 'sim-chat',
  messages: [
    { role: 'user', content: 'hi', images: [PNG] },
    { role: 'user', content: [{ type: 'text', text: 'hi' }] },
    { role: 'assistant', content: '', tool_calls: [{ id: 'a', function: { name: 'f', arguments: { x: 1 } } }] },
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
  tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
  tool_choice: 'auto',
  options: { temperature: 1, stop: ['x'], num_predict: 5, use_mmap: true },
  format: { type: 'object', properties: { a: { type: 'integer' } } },
  think: 'low',
  stream: false,
  stream_options: { include_usage: true },
  keep_alive: '5m',
  logprobs: true,
  top_logprobs: 2,
  max_tokens: 5,
  source: 'sim-chat',
  destination: 'b',
  query: 'x',
};
const FIELDS = Object.keys(VALID);

/** @returns the bytes of one body */
export function hostileBody(random) {
  const kind = random.next();
  if (kind < 0.5) return Buffer.from(toText(spoiled(random)));
  if (kind < 0.6) return Buffer.from(toText(invented(random)));
  if (kind < 0.65) return Buffer.from(toText(anything(random)));
  if (kind < 0.75) return damaged(random, Buffer.from(toText(spoiled(random))));
  if (kind < 0.82) return Buffer.from(nested(random));
  if (kind < 0.85) return Buffer.from(large(random));
  if (kind < 0.88) return Buffer.from(many(random));
  if (kind < 0.92) return Buffer.from(Array.from({ length: random.between(0, 300) }, () => random.between(0, 255)));
  return Buffer.from(random.pick(TEXTS));
}

const TEXTS = [
  '',
  ' ',
  '\ufeff{}',
  'null',
  '[]',
  '"x"',
  '-',
  'NaN',
  '{"model":1e999}',
  "{'model':1}",
  '{"model":"sim-chat","model":{}}',
  '{"Model":"sim-chat","PROMPT":1}',
  '{"keep_alive":"1e9h"}',
  'model=sim-chat',
  '--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--x--',
];

/** What serves most routes as a model and a question, with one place replaced by anything. */
function spoiled(random) {
  const model = random.chance(0.8) ? random.pick(MODELS) : random.pick([...ODD_MODELS, anything(random)]);
  const fields = FIELDS.filter(() => random.chance(0.3));
  const target = random.pick(FIELDS);
  return {
    model,
    ...Object.fromEntries(['messages', 'prompt', 'input', ...fields].map((field) => [field, VALID[field]])),
    [target]: spoil(random, VALID[target], random.between(0, 4)),
  };
}

function spoil(random, value, depth) {
  if (depth === 0 || typeof value !== 'object' || value === null) return anything(random);
  const chosen = random.pick(Object.keys(value));
  if (chosen === undefined) return anything(random);
  const inner = spoil(random, value[chosen], depth - 1);
  return Array.isArray(value) ? value.with(Number(chosen), inner) : { ...value, [chosen]: inner };
}

function invented(random) {
  return Object.fromEntries(some(random, 8, () => [random.pick([...FIELDS, ...KEYS]), anything(random)]));
}

function anything(random, depth = 0) {
  const kind = random.between(0, depth > 3 ? 4 : 6);
  if (kind <= 2) return random.pick(BITES);
  if (kind === 3) return letters(random, 12);
  if (kind === 4) return random.pick(Object.keys(RAW));
  if (kind === 5) return some(random, 4, () => anything(random, depth + 1));
  return Object.fromEntries(
    some(random, 4, () => [random.pick([...KEYS, letters(random, 6)]), anything(random, depth + 1)]),
  );
}

/** A byte changed, a piece missing, something behind it. */
function damaged(random, bytes) {
  const at = random.between(0, bytes.length - 1);
  const kind = random.between(0, 2);
  if (kind === 0) return bytes.subarray(0, at);
  if (kind === 1) return Buffer.concat([bytes, Buffer.from(letters(random, 5))]);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.between(0, 255)]), bytes.subarray(at + 1)]);
}

function nested(random) {
  const depth = random.pick([50, 500, 5000, 50_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"content":', '}]'],
  ]);
  const deep = `${open.repeat(depth)}1${random.chance(0.7) ? close.repeat(depth) : ''}`;
  const field = random.pick([...FIELDS, 'x']);
  return random.chance(0.2)
    ? deep
    : `{"model":"sim-chat","messages":[{"role":"user","content":"x"}],"${field}":${deep}}`;
}

function large(random) {
  const size = random.pick([10_000, 100_000, 400_000]);
  const text = random
    .pick(['x', '{{', '{{.Prompt}}', '1s', 'a/', 'A=\n', 'Calling x with input: {', '€'])
    .repeat(size / 10);
  const field = random.pick(['model', 'prompt', 'template', 'keep_alive', 'system', 'input', 'suffix']);
  return toText({ model: 'sim-chat', messages: [{ role: 'user', content: 'x', images: [text] }], [field]: text });
}

/** Lists of very many items, by field: each item is small, and what it becomes may be large. */
const ITEMS = {
  messages: [
    '{}',
    '{"role":"user"}',
    '{"role":"tool","content":"x"}',
    '{"role":"assistant","tool_calls":[{}]}',
    'null',
  ],
  tools: ['{}', '{"type":"function","function":{"name":"f"}}'],
  images: ['""', `"${PNG}"`],
  input: ['"a"', '""', '1', '[1]'],
  context: ['1', '16777215', '-1', '1.5'],
  options: ['{"stop":"x"}'],
  x: ['0', '""', '[]', '{}', 'null', '{"a":0}'],
};
const COUNTS = [1000, 9999, 10_001, 19_999, 20_001, 60_001, 200_000];

/** No body is larger than what the proxy accepts (REQUEST_MAX_SIZE). */
const MAX_LIST_BYTES = 990_000;

function many(random) {
  const model = random.pick(MODELS);
  const list = (items) => {
    const item = random.pick(items);
    const count = Math.min(random.pick(COUNTS), Math.floor(MAX_LIST_BYTES / (item.length + 1)));
    return `[${`${item},`.repeat(count - 1)}${item}]`;
  };
  const chat = `"model":"${model}","stream":false,"prompt":"x"`;
  switch (random.between(0, 3)) {
    case 0:
      return `{${chat},"messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":${list(['{}', '{"function":{"name":"f"}}'])}}]}`;
    case 1:
      return `{${chat},"messages":[{"role":"user","content":"x","images":${list(ITEMS.images)}}],"options":{"stop":${list(['"x"', '""'])}}}`;
    default: {
      const field = random.pick(Object.keys(ITEMS));
      const messages = field === 'messages' ? '' : ',"messages":[{"role":"user","content":"x"}]';
      return `{${chat}${messages},"${field}":${list(ITEMS[field])}}`;
    }
  }
}

function letters(random, most) {
  const one = () =>
    random.pick([random.between(0, 0x7f), random.between(0, 0xffff), random.between(0x10000, 0x10ffff)]);
  return String.fromCodePoint(...some(random, most, one));
}

function some(random, most, make) {
  return Array.from({ length: random.between(0, most) }, make);
}

function toText(value) {
  return JSON.stringify(value).replaceAll(/"(§\w+§)"(:?)/g, (all, name, colon) => {
    if (!Object.hasOwn(RAW, name)) return all;
    return colon || name === '§proto§' ? `"${RAW[name]}"${colon}` : RAW[name];
  });
}
