import { describe, expect, it } from 'vitest';
import { withProxy } from '../support/with-proxy.js';
import * as is from './decoders.js';
import { decodeLines, decodeWhole, tool } from './support.js';

const setup = withProxy({ dialect: 'strictest' });

/** Instants and an enum of roles; a message that is missing is a NullPointerException. */
const line = is.struct({
  model: is.nullable(is.string),
  created_at: is.timestamp,
  message: is.struct({
    role: is.oneOf('system', 'user', 'assistant', 'tool'),
    content: is.nullable(is.string),
    thinking: is.nullable(is.string),
    tool_calls: is.nullable(
      is.list(
        is.struct({
          id: is.nullable(is.string),
          function: is.struct({ name: is.string, arguments: is.mapOf(is.anything) }),
        }),
      ),
    ),
  }),
  done: is.boolean,
  done_reason: is.nullable(is.string),
  ...is.metrics(is.nullable(is.integer)),
});
const tags = is.struct({
  models: is.list(
    is.struct({
      name: is.string,
      model: is.nullable(is.string),
      modified_at: is.timestamp,
      size: is.nullable(is.integer),
      digest: is.string,
    }),
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
      is.struct({ status: is.string }),
    );
    expect(steps.at(-1)?.status).toBe('success');
  });

  it('sees one end with a reason', async () => {
    const messages = [{ role: 'user', content: 'hi', images: null, tool_calls: null }];
    const body = { model: 'sim-chat', messages, stream: true, tools: [], options: {} };
    const lines = decodeLines(await setup.ask('/api/chat', body), line);
    expect(lines.filter(isDone)).toHaveLength(1);
    expect(lines.filter(({ done }) => done)).toHaveLength(1);
    const whole = decodeWhole(await setup.ask('/api/chat', { ...body, stream: false }), line);
    expect(isDone(whole)).toBe(true);
  });

  it("runs a tool loop with ids in the assistant's messages only", async () => {
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
    const answer = is.struct({
      model: is.string,
      embeddings: is.list(is.list(is.number)),
      total_duration: is.nullable(is.integer),
      load_duration: is.nullable(is.integer),
      prompt_eval_count: is.nullable(is.integer),
    });
    expect(decodeWhole(seen, answer).embeddings).toHaveLength(1);
  });
});
