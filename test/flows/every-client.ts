import { expect } from 'vitest';
import type { Seen } from '../support/ask.js';
import type { Decoder } from './decoders.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole } from './support.js';

/** What each answer has to be so that none of the known clients minds: their demands put together. */
const never = { error: is.absent, type: is.absent };
const metrics = is.metrics(is.optional(is.positive));

const filled: Decoder<string> = (value, at) => {
  if (value === '') throw new Error(`${at}: expected a text that is not empty`);
  return is.string(value, at);
};

const calls: Decoder<unknown[]> = (value, at) => {
  const read = is.list(
    is.struct({
      id: filled,
      function: is.struct({ index: is.unsigned, name: filled, arguments: is.mapOf(is.anything) }),
    }),
  )(value, at);
  if (read.length === 0) throw new Error(`${at}: expected no list rather than an empty one`);
  for (const values of [read.map(({ id }) => id), read.map((each) => each.function.index)]) {
    if (new Set<unknown>(values).size < read.length) throw new Error(`${at}: expected ids and indexes to differ`);
  }
  return read;
};

const chat = is.struct({
  ...never,
  model: filled,
  created_at: is.timestamp,
  message: is.struct({
    role: is.oneOf('assistant'),
    content: is.string,
    thinking: is.optional(filled),
    tool_calls: is.optional(calls),
  }),
  done: is.boolean,
  done_reason: is.optional(is.oneOf('stop', 'length', 'load', 'unload')),
  logprobs: is.optional(is.list(is.struct({ token: is.string, logprob: is.number }))),
  ...metrics,
});

const generate = is.struct({
  ...never,
  model: filled,
  created_at: is.timestamp,
  response: is.string,
  thinking: is.optional(filled),
  done: is.boolean,
  done_reason: is.optional(is.oneOf('stop', 'length', 'load', 'unload')),
  context: is.optional(is.list(is.unsigned)),
  ...metrics,
});

/** What a line or a whole answer says, whichever route it came from. */
export interface ReadText {
  readonly text: string;
  readonly thinking: string;
  readonly calls: number;
  readonly reason: string | undefined;
}

const toTold = {
  '/api/chat': (value: unknown, at: string): ReadText & { done: boolean } => {
    const { message, done, done_reason: reason } = chat(value, at);
    const { content, thinking = '', tool_calls: made = [] } = message;
    return { text: content, thinking, calls: made.length, reason, done };
  },
  '/api/generate': (value: unknown, at: string): ReadText & { done: boolean } => {
    const { response, thinking = '', done, done_reason: reason } = generate(value, at);
    return { text: response, thinking, calls: 0, reason, done };
  },
};

/** Reads an answer in text, streamed or whole, and checks it against all clients at once. */
export function readText(path: '/api/chat' | '/api/generate', seen: Seen): ReadText {
  const decode = toTold[path];
  if (!seen.type.includes('ndjson')) {
    const whole = decodeWhole(seen, decode);
    expect([whole.done, whole.reason]).toEqual([true, expect.any(String)]);
    return whole;
  }
  const lines = decodeLines(seen, decode);
  for (const { text, thinking, calls: made, done, reason } of lines.slice(0, -1)) {
    expect([done, reason]).toEqual([false, undefined]);
    expect([text !== '', thinking !== '', made > 0].filter(Boolean), 'one kind a line').toHaveLength(1);
  }
  const last = lines.at(-1);
  expect(last).toEqual({ text: '', thinking: '', calls: 0, done: true, reason: expect.any(String) });
  expect(lines.filter(({ calls: made }) => made > 0).length, 'all calls on one line').toBeLessThanOrEqual(1);
  return {
    text: lines.map(({ text }) => text).join(''),
    thinking: lines.map(({ thinking }) => thinking).join(''),
    calls: lines.reduce((sum, { calls: made }) => sum + made, 0),
    reason: last?.reason,
  };
}

const details = is.struct({
  parent_model: is.string,
  format: filled,
  family: filled,
  families: is.list(is.string),
  parameter_size: is.string,
  quantization_level: is.string,
});
const named = { name: filled, model: filled, size: is.unsigned, digest: is.digest, details };

/** The other routes: one object each. */
export const answers: Readonly<Record<string, Decoder<unknown>>> = {
  '/api/version': is.struct({ version: filled }),
  '/api/tags': is.struct({
    models: is.list(is.struct({ ...named, modified_at: is.timestamp, capabilities: is.list(is.string) })),
  }),
  '/api/ps': is.struct({
    models: is.list(
      is.struct({ ...named, expires_at: is.timestamp, size_vram: is.unsigned, context_length: is.unsigned }),
    ),
  }),
  '/api/show': is.struct({
    license: is.optional(is.string),
    modelfile: is.string,
    parameters: is.optional(is.string),
    template: is.string,
    details,
    model_info: is.mapOf(is.anything),
    capabilities: is.list(is.string),
    modified_at: is.timestamp,
  }),
  '/api/embed': is.struct({
    model: filled,
    embeddings: is.list(is.list(is.number)),
    total_duration: is.positive,
    load_duration: is.positive,
    prompt_eval_count: is.positive,
  }),
  '/api/embeddings': is.struct({ embedding: is.list(is.number) }),
};
