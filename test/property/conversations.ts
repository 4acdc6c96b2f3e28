import fc from 'fast-check';
import { PNG } from '../flows/support.js';

/** A request of /api/chat as any client may send it: valid for Ollama, however odd. */
export interface Conversation {
  readonly messages: Message[];
  readonly [field: string]: unknown;
}

interface Message {
  readonly role?: string | undefined;
  readonly content?: string | null | undefined;
  readonly images?: string[] | undefined;
  readonly [field: string]: unknown;
}

const JPEG = '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//';
const GIF = 'R0lGODlhAQABAAAAACw=';

/** Half of the time the field is not there. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }) },
  { weight: 2, arbitrary: fc.lorem({ maxCount: 6 }) },
  fc.constantFrom('', ' ', '\n\n', 'Calling add with input: {"a":1}', '<think>hm</think>', '{"a":', '\u0000'),
);
const content = fc.oneof({ weight: 8, arbitrary: text }, fc.constant(null), fc.constant(undefined));
const images = fc.oneof(fc.array(fc.constantFrom(PNG, JPEG, GIF), { maxLength: 2 }), fc.constant(undefined));

/** Few of them, so that they meet. */
const toolName = fc.constantFrom('add', 'look_up', 'get-weather', 'T1');
const id = maybe(fc.constantFrom('', 'a', 'b', 'call_0', 'call_1', 'call_2', '0dc79c1b-eb4f-458c-8a70-db7d8d7d41ac'));

const call = fc.record({
  id,
  type: maybe(fc.constant('function')),
  function: fc.record({
    index: maybe(fc.nat(3)),
    name: fc.oneof({ weight: 9, arbitrary: toolName }, fc.constantFrom('', undefined)),
    arguments: fc.oneof(
      fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
      fc.constantFrom({}, null, undefined),
    ),
  }),
});

const result: fc.Arbitrary<Message> = fc.record({
  role: fc.constant('tool'),
  content,
  tool_call_id: id,
  tool_name: maybe(fc.oneof(toolName, fc.constantFrom('', 'unknown', 'call_0'))),
  images,
});

const calling: fc.Arbitrary<Message> = fc.record({
  role: fc.constant('assistant'),
  content,
  thinking: maybe(text),
  tool_calls: fc.array(call, { maxLength: 3 }),
});

const textMessage: fc.Arbitrary<Message> = fc.record({
  role: fc.constantFrom('user', 'user', 'assistant', 'system', 'USER', 'developer', 'ipython', '', undefined),
  content,
  thinking: maybe(fc.oneof(text, fc.constant(null))),
  images,
});

/** Calls and what became of them: answered, half answered, in another order, in the name of the user. */
const exchange: fc.Arbitrary<Message[]> = fc
  .record({ calling, results: fc.array(result, { maxLength: 4 }), after: maybe(textMessage) })
  .map(({ calling: first, results, after }) => [first, ...results, ...(after ? [after] : [])]);

const messages = fc
  .array(
    fc.oneof(
      textMessage.map((each) => [each]),
      result.map((each) => [each]),
      exchange,
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.flat());

const schema = fc.constantFrom(
  {},
  null,
  undefined,
  { type: 'object' },
  { type: 'object', properties: { a: { type: ['string', 'null'], enum: ['x', null] } }, required: ['a'] },
  { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: {}, additionalProperties: false },
  { properties: { list: { type: 'array', items: { $ref: '#/$defs/item' } } }, $defs: { item: { type: 'integer' } } },
);

const tool = fc.record({
  type: fc.constantFrom('function', 'local_tool', '', undefined),
  function: fc.oneof(
    { weight: 8, arbitrary: fc.record({ name: toolName, description: maybe(text), parameters: schema }) },
    fc.constantFrom({ name: '' }, null, undefined),
  ),
  name: maybe(toolName),
});

/** Within the limits that all upstreams share; Ollama accepts any number. */
const options = fc.record({
  temperature: maybe(fc.double({ min: 0, max: 2, noNaN: true })),
  top_p: maybe(fc.constantFrom(0.5, 1, null)),
  presence_penalty: maybe(fc.constantFrom(-2, 0, 1.5)),
  frequency_penalty: maybe(fc.constantFrom(-2, 0, 1.5)),
  seed: maybe(fc.constantFrom(-1, 0, 42, 1.5, null)),
  stop: maybe(fc.array(fc.constantFrom('', '###', '\n', 'I', 'say'), { maxLength: 4 })),
  num_predict: maybe(fc.constantFrom(-2, -1, 0, 1, 5, 100, null)),
  num_ctx: maybe(fc.constantFrom(2048, 8192.5)),
  top_k: maybe(fc.constantFrom(-1, 40)),
  min_p: maybe(fc.constant(0.05)),
  repeat_penalty: maybe(fc.constant(1.1)),
  use_mmap: maybe(fc.boolean()),
  mirostat: maybe(fc.anything({ maxDepth: 1 })),
  __proto__: maybe(fc.constant({ temperature: 9 })),
});

const format = fc.constantFrom(
  undefined,
  undefined,
  null,
  '',
  'json',
  {},
  { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
);

export const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    messages,
    tools: fc.oneof(fc.array(tool, { maxLength: 3 }), fc.constantFrom(null, undefined)),
    options: fc.oneof(options, fc.constantFrom(null, undefined)),
    format,
    think: fc.constantFrom(undefined, undefined, null, true, false, 'low', 'medium', 'high', 'max'),
    stream: fc.constantFrom(undefined, true, true, false, null),
    keep_alive: fc.constantFrom(undefined, null, -1, 300, '5m', '-1s', '1h30m'),
    logprobs: maybe(fc.boolean()),
    top_logprobs: maybe(fc.constantFrom(0, 2, 20)),
    truncate: maybe(fc.boolean()),
  })
  .map((request) => ({
    ...request,
    // Some upstreams reject JSON mode unless the conversation contains the word JSON.
    messages:
      request.format === 'json'
        ? [{ role: 'system', content: 'Answer in JSON.' }, ...request.messages]
        : request.messages,
  }));
