import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import {
  anything,
  boolean,
  decodeLines,
  decodeWhole,
  integer,
  list,
  mapOf,
  nullable,
  number,
  oneOf,
  string,
  struct,
  timestamp,
  tool,
} from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** Instants and an enum of roles; a message that is missing is a NullPointerException. */
const line = struct({
  model: nullable(string),
  created_at: timestamp,
  message: struct({
    role: oneOf('system', 'user', 'assistant', 'tool'),
    content: nullable(string),
    thinking: nullable(string),
    tool_calls: nullable(
      list(struct({ id: nullable(string), function: struct({ name: string, arguments: mapOf(anything) }) })),
    ),
  }),
  done: boolean,
  done_reason: nullable(string),
  total_duration: nullable(integer),
  load_duration: nullable(integer),
  prompt_eval_count: nullable(integer),
  prompt_eval_duration: nullable(integer),
  eval_count: nullable(integer),
  eval_duration: nullable(integer),
});
const tags = struct({
  models: list(
    struct({ name: string, model: nullable(string), modified_at: timestamp, size: nullable(integer), digest: string }),
  ),
});
const isDone = (each: ReturnType<typeof line>): boolean => each.done && each.done_reason !== undefined;

describe('Spring AI', () => {
  it('pulls a model unless the list has exactly its name', async () => {
    const has = async (name: string) => {
      const { models } = decodeWhole(await setup.ask('/api/tags'), tags);
      return models.some((each) => each.name === name || each.name === `${name}:latest`);
    };
    expect(await has('sim-chat')).toBe(true);
    expect(await has('vendor/sim-large:free')).toBe(true);
    const steps = decodeLines(
      await setup.ask('/api/pull', { model: 'sim-chat', stream: true }),
      struct({ status: string }),
    );
    expect(steps.at(-1)?.status).toBe('success');
  });

  it('sees one end, with its reason', async () => {
    const messages = [{ role: 'user', content: 'hi', images: null, tool_calls: null }];
    const body = { model: 'sim-chat', messages, stream: true, tools: [], options: {} };
    const lines = decodeLines(await setup.ask('/api/chat', body), line);
    expect(lines.filter(isDone)).toHaveLength(1);
    expect(lines.filter(({ done }) => done)).toHaveLength(1);
    const whole = decodeWhole(await setup.ask('/api/chat', { ...body, stream: false }), line);
    expect(isDone(whole)).toBe(true);
  });

  it('runs a tool loop with ids on the side of the assistant only', async () => {
    setup.simulator.next({ toolCalls: 2 });
    const user = { role: 'user', content: 'Both.' };
    const request = { model: 'sim-chat', stream: true, tools: [tool('first'), tool('second')], options: {} };
    const first = decodeLines(await setup.ask('/api/chat', { ...request, messages: [user] }), line);
    const calls = first.flatMap(({ message }) => message.tool_calls ?? []);
    const messages = [
      user,
      { role: 'assistant', content: '', tool_calls: calls.map((call) => ({ id: call.id, function: call.function })) },
      { role: 'tool', content: 'one' },
      { role: 'tool', content: 'two' },
    ];
    const second = decodeLines(await setup.ask('/api/chat', { ...request, messages }), line);
    const text = second.map(({ message }) => message.content ?? '').join('');
    expect(text).toMatch(/The tool first says: "one".*The tool second says: "two"/);
  });

  it('embeds', async () => {
    const body = { model: 'sim-embed', input: ['a'], keep_alive: null, options: {}, truncate: null };
    const seen = await setup.ask('/api/embed', body);
    const answer = struct({
      model: string,
      embeddings: list(list(number)),
      total_duration: nullable(integer),
      load_duration: nullable(integer),
      prompt_eval_count: nullable(integer),
    });
    expect(decodeWhole(seen, answer).embeddings).toHaveLength(1);
  });
});
