import { describe, expect, it } from 'vitest';
import type { EventEncoder, EventPart } from './event-stream.js';
import { EventStream } from './event-stream.js';

const encoder: EventEncoder = {
  parts: (parts) => parts.map(shown).join(''),
  end: ({ finishReason, toolCalls, usage, stopSequence }) =>
    JSON.stringify([
      finishReason,
      toolCalls.map(({ function: { name } }) => name),
      usage ?? null,
      stopSequence ?? null,
    ]),
  whole: (parts, { finishReason }) => ({ parts: parts.map(shown), finishReason }),
};

/** `content(Hello)` */
function shown(part: EventPart): string {
  return `${part.kind}(${part.text})`;
}

const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const callOf = (index: number, fields: object): object => ({ tool_calls: [{ index, ...fields }] });
const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 4 } })}\n\n`;
const DONE = 'data: [DONE]\n\n';

function open(isStreamed: boolean, contentType = 'text/event-stream') {
  const source = { contentType, isStreamed, thinking: true, topLogprobs: 0, watchedStops: [], toolNames: new Map() };
  let ids = 0;
  return new EventStream({ ...source, newId: () => `call_${String((ids += 1))}` }, encoder);
}

/** What is written before the end, and then. */
function read(body: string, size: number) {
  const stream = open(true);
  const bytes = new TextEncoder().encode(body);
  const events: string[] = [];
  for (let at = 0; at < bytes.length && !stream.isOver; at += size)
    if (stream.feed([bytes.subarray(at, at + size)])) events.push(...stream.take());
  if (!stream.isOver && stream.flush()) events.push(...stream.take());
  return { stream, text: events.join('') };
}

/** Neighbours of one kind as one. */
function plain(text: string): string {
  const joined = text.replace(/(\b\w+)\(([^()]*)\)\1\(/g, '$1($2');
  return joined === text ? text : plain(joined);
}

describe.each([1, 7, 64, 10_000])('the events of an answer that comes in pieces of %i bytes', (size) => {
  it('are its parts in their order, and an end with the usage', () => {
    const body =
      event({ role: 'assistant', reasoning_content: 'Let me ' }) +
      event({ reasoning_content: 'see.' }) +
      event({ content: 'One ' }) +
      event({ content: 'two.' }) +
      event({}, 'stop') +
      usage +
      DONE;
    const { stream, text } = read(body, size);
    const [more = '', ...rest] = stream.end();
    expect(rest.length).toBeLessThanOrEqual(1);
    expect(plain(text + (rest.length > 0 ? more : ''))).toBe('thinking(Let me see.)content(One two.)');
    expect(JSON.parse(rest[0] ?? more)).toEqual(['stop', [], { input: 9, output: 4 }, null]);
    expect([stream.isFinished, stream.responseModel, stream.finishReason]).toEqual([true, 'm', 'stop']);
    expect(stream.usage).toMatchObject({ input: 9, output: 4 });
  });

  it('keep the pieces of a call together: text between them follows', () => {
    const body =
      event({ content: 'First. ' }) +
      event(callOf(0, { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x"' } })) +
      event({ content: 'Between.' }) +
      event(callOf(0, { function: { arguments: ':1}' } })) +
      event({}, 'tool_calls') +
      DONE;
    const { stream, text } = read(body, size);
    const written = plain(text + stream.end().join(''));
    expect(written).toMatch(/^content\(First\. ?\)call\(/);
    expect(written.indexOf('content(Between.)')).toBeGreaterThan(written.lastIndexOf('call('));
    expect(written).toContain('["f"]');
  });

  it('are one object if the answer is not streamed', () => {
    const body = event({ content: 'One ' }) + event({ content: 'two.' }) + event({}, 'length') + DONE;
    const stream = open(false);
    const bytes = new TextEncoder().encode(body);
    for (let at = 0; at < bytes.length && !stream.isOver; at += size) stream.feed([bytes.subarray(at, at + size)]);
    expect(stream.whole()).toEqual({ parts: ['content(One two.)'], finishReason: 'length' });
  });

  it('tell a refusal from content', () => {
    const { text, stream } = read(event({ refusal: 'I cannot.' }) + event({}, 'stop') + DONE, size);
    expect(plain(text + stream.end().join(''))).toContain('refusal(I cannot.)');
  });
});

describe('an answer', () => {
  it('in one JSON object is read when the body ends', () => {
    const stream = open(false, 'application/json');
    const message = { role: 'assistant', content: 'Hi.' };
    const whole = JSON.stringify({ model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] });
    expect(stream.feed([new TextEncoder().encode(whole)])).toBe(false);
    expect(stream.isOver).toBe(false);
    expect(stream.flush()).toBe(false);
    expect(stream.whole()).toEqual({ parts: ['content(Hi.)'], finishReason: 'stop' });
  });

  it('that ends without a finish reason or fails is an error', () => {
    expect(() => read(event({ content: 'One' }), 1000).stream.end()).toThrow();
    expect(() => read('data: {"error":{"message":"broken"}}\n\n', 1000).stream.end()).toThrow(/broken/);
    expect(read(event({ content: 'One' }), 1000).stream.estimatedUsage.output).toBeGreaterThan(0);
  });
});
