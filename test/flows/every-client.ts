import { expect } from 'vitest';
import type { Seen } from '../support/ask.js';
import type { Decoder } from './support.js';
import {
  absent,
  anything,
  boolean,
  decodeLines,
  decodeWhole,
  digest,
  list,
  mapOf,
  number,
  oneOf,
  optional,
  positive,
  string,
  struct,
  timestamp,
  unsigned,
} from './support.js';

/** What each answer has to be so that none of the known clients minds: their demands put together. */
const never = { error: absent, type: absent };
const metrics = {
  total_duration: optional(positive),
  load_duration: optional(positive),
  prompt_eval_count: optional(positive),
  prompt_eval_duration: optional(positive),
  eval_count: optional(positive),
  eval_duration: optional(positive),
};

const filled: Decoder<string> = (value, at) => {
  if (value === '') throw new Error(`${at}: expected a text that is not empty`);
  return string(value, at);
};

const calls: Decoder<unknown[]> = (value, at) => {
  const read = list(
    struct({ id: filled, function: struct({ index: unsigned, name: filled, arguments: mapOf(anything) }) }),
  )(value, at);
  if (read.length === 0) throw new Error(`${at}: expected no list rather than an empty one`);
  for (const values of [read.map(({ id }) => id), read.map((each) => each.function.index)]) {
    if (new Set<unknown>(values).size < read.length) throw new Error(`${at}: expected ids and indexes to differ`);
  }
  return read;
};

const chat = struct({
  ...never,
  model: filled,
  created_at: timestamp,
  message: struct({
    role: oneOf('assistant'),
    content: string,
    thinking: optional(filled),
    tool_calls: optional(calls),
  }),
  done: boolean,
  done_reason: optional(oneOf('stop', 'length', 'load', 'unload')),
  logprobs: optional(list(struct({ token: string, logprob: number }))),
  ...metrics,
});

const generate = struct({
  ...never,
  model: filled,
  created_at: timestamp,
  response: string,
  thinking: optional(filled),
  done: boolean,
  done_reason: optional(oneOf('stop', 'length', 'load', 'unload')),
  context: optional(list(unsigned)),
  ...metrics,
});

/** What a line or a whole answer says, whichever route it came from. */
export interface Told {
  readonly text: string;
  readonly thinking: string;
  readonly calls: number;
  readonly reason: string | undefined;
}

const toTold = {
  '/api/chat': (value: unknown, at: string): Told & { done: boolean } => {
    const { message, done, done_reason: reason } = chat(value, at);
    const { content, thinking = '', tool_calls: made = [] } = message;
    return { text: content, thinking, calls: made.length, reason, done };
  },
  '/api/generate': (value: unknown, at: string): Told & { done: boolean } => {
    const { response, thinking = '', done, done_reason: reason } = generate(value, at);
    return { text: response, thinking, calls: 0, reason, done };
  },
};

/** Reads an answer in text, streamed or whole, and checks it against all clients at once. */
export function readText(path: '/api/chat' | '/api/generate', seen: Seen): Told {
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

const details = struct({
  parent_model: string,
  format: filled,
  family: filled,
  families: list(string),
  parameter_size: string,
  quantization_level: string,
});
const named = { name: filled, model: filled, size: unsigned, digest, details };

/** The other routes: one object each. */
export const answers: Readonly<Record<string, Decoder<unknown>>> = {
  '/api/version': struct({ version: filled }),
  '/api/tags': struct({ models: list(struct({ ...named, modified_at: timestamp, capabilities: list(string) })) }),
  '/api/ps': struct({
    models: list(struct({ ...named, expires_at: timestamp, size_vram: unsigned, context_length: unsigned })),
  }),
  '/api/show': struct({
    license: string,
    modelfile: string,
    parameters: string,
    template: string,
    details,
    model_info: mapOf(anything),
    capabilities: list(string),
    modified_at: timestamp,
  }),
  '/api/embed': struct({
    model: filled,
    embeddings: list(list(number)),
    total_duration: positive,
    load_duration: positive,
    prompt_eval_count: positive,
  }),
  '/api/embeddings': struct({ embedding: list(number) }),
};
