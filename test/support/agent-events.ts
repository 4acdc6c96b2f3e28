import { expect } from 'vitest';
import type { Seen } from './ask.js';

/** Any JSON object of these APIs; the checks below look at the fields that clients read. */
export type Fields = Record<string, ReturnType<typeof JSON.parse>>;

/** An answer as a client of either API puts it together. */
export interface AgentAnswer {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  /** `stop_reason` of a message, `status` of a response. */
  readonly ending: string;
  /** The whole message or response. */
  readonly whole: Fields;
}

/** The events of a stream. Each has its type twice, on the `event:` line and in the data, as clients require. */
export function readEvents(text: string): Fields[] {
  expect(text.endsWith('\n\n'), 'the last event ends in a blank line').toBe(true);
  return text
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const [, name, data] = /^event: (\S+)\ndata: (.+)$/.exec(block) ?? [];
      if (name === undefined || data === undefined) throw new Error(`not an event: ${block}`);
      const event = JSON.parse(data) as Fields;
      expect(event.type).toBe(name);
      return event;
    });
}

/** The types in order, with consecutive equal ones as one and without pings: what clients depend on. */
export function typesOf(events: readonly Fields[]): string[] {
  return events
    .map(({ type }) => String(type))
    .filter((type) => !/^(ping|keepalive|response\.queued)$/.test(type))
    .filter((type, index, all) => type !== all[index - 1]);
}

const DELTA_OF: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  server_tool_use: ['input_json_delta'],
};

/** Puts a Messages stream together as strictly as the strictest client. @throws for a stream that one would refuse */
export function readMessageEvents(events: readonly Fields[]): AgentAnswer {
  const kept = events.filter(({ type }) => type !== 'ping');
  const [first, ...rest] = kept;
  expect(first?.type).toBe('message_start');
  const message: Fields = { ...(first?.message as Fields) };
  expect(message).toMatchObject({ type: 'message', role: 'assistant', content: [], stop_reason: null });
  expect(message.usage.input_tokens).toEqual(expect.any(Number));
  const content: Fields[] = [];
  let open: { block: Fields; json: string; isSigned: boolean } | undefined;
  let delta: Fields | undefined;
  let isOver = false;
  for (const event of rest) {
    expect(isOver, `nothing follows message_stop: ${JSON.stringify(event)}`).toBe(false);
    switch (event.type) {
      case 'content_block_start':
        expect(open, 'blocks do not overlap').toBeUndefined();
        expect(event.index).toBe(content.length);
        open = { block: { ...(event.content_block as Fields) }, json: '', isSigned: false };
        content.push(open.block);
        break;
      case 'content_block_delta': {
        expect(event.index).toBe(content.length - 1);
        if (!open) throw new Error('a delta outside of a block');
        expect(DELTA_OF[open.block.type as string]).toContain(event.delta.type);
        expect(open.isSigned, 'the signature comes last').toBe(false);
        if (event.delta.type === 'text_delta')
          open.block.text = `${String(open.block.text)}${String(event.delta.text)}`;
        else if (event.delta.type === 'thinking_delta')
          open.block.thinking = `${String(open.block.thinking)}${String(event.delta.thinking)}`;
        else if (event.delta.type === 'input_json_delta') open.json += event.delta.partial_json as string;
        else {
          open.block.signature = event.delta.signature as string;
          open.isSigned = true;
        }
        break;
      }
      case 'content_block_stop':
        expect(event.index).toBe(content.length - 1);
        if (!open) throw new Error('a stop outside of a block');
        if (String(open.block.type).endsWith('tool_use')) open.block.input = JSON.parse(open.json || '{}') as unknown;
        if (open.block.type === 'text') expect(open.block.text).not.toBe('');
        open = undefined;
        break;
      case 'message_delta':
        expect(open, 'every block is closed').toBeUndefined();
        expect(delta, 'one message_delta').toBeUndefined();
        expect(event.usage.output_tokens).toEqual(expect.any(Number));
        expect(event.usage.input_tokens).toEqual(expect.any(Number));
        delta = event.delta as Fields;
        Object.assign(message, delta, { usage: event.usage as unknown });
        break;
      case 'message_stop':
        expect(delta).toBeDefined();
        isOver = true;
        break;
      default:
        throw new Error(`unexpected event: ${JSON.stringify(event)}`);
    }
  }
  expect(isOver, 'a stream ends with message_stop').toBe(true);
  return readMessage({ ...message, content });
}

const STOP_REASONS = ['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'refusal', 'pause_turn'];

/** Checks a whole message. */
function readMessage(message: Fields): AgentAnswer {
  expect(message).toMatchObject({ type: 'message', role: 'assistant', model: expect.any(String) as string });
  expect(message.id).toMatch(/^msg_\w{16,}$/);
  expect(STOP_REASONS).toContain(message.stop_reason);
  expect(message.usage).toMatchObject({
    input_tokens: expect.any(Number) as number,
    output_tokens: expect.any(Number) as number,
    cache_read_input_tokens: expect.any(Number) as number,
  });
  expect((message.stop_sequence as unknown) !== null).toBe(message.stop_reason === 'stop_sequence');
  const content = message.content as Fields[];
  const calls = content.filter(({ type }) => type === 'tool_use');
  expect(new Set(calls.map(({ id }) => id as unknown)).size).toBe(calls.length);
  for (const call of calls) expect(call).toMatchObject({ id: expect.stringMatching(/./) as string, name: /./ });
  for (const { type, signature } of content) if (type === 'thinking') expect(signature).toEqual(expect.any(String));
  if (calls.length > 0) expect(['tool_use', 'max_tokens']).toContain(message.stop_reason);
  return {
    text: content.map(({ type, text }) => (type === 'text' ? String(text) : '')).join(''),
    thinking: content.map(({ type, thinking }) => (type === 'thinking' ? String(thinking) : '')).join(''),
    calls: calls.map(({ id, name, input }) => ({
      id: String(id),
      name: String(name),
      arguments: JSON.stringify(input),
    })),
    ending: String(message.stop_reason),
    whole: message,
  };
}

/** Puts a Responses stream together as strictly as the strictest client. @throws for a stream that one would refuse */
export function readResponseEvents(events: readonly Fields[]): AgentAnswer {
  expect(events.map(({ sequence_number: number }) => number as unknown)).toEqual(events.map((_, index) => index));
  const [created, inProgress] = events;
  expect([created?.type, inProgress?.type]).toEqual(['response.created', 'response.in_progress']);
  const id: unknown = created?.response.id;
  const done: Fields[] = [];
  let open: { item: Fields; index: number; text: string; finalText?: string } | undefined;
  let last: Fields | undefined;
  for (const event of events.slice(2)) {
    expect(last, `nothing follows the last event: ${JSON.stringify(event)}`).toBeUndefined();
    const type = String(event.type);
    if (type === 'response.output_item.added') {
      expect(open, 'items do not overlap').toBeUndefined();
      expect(event.output_index).toBe(done.length);
      open = { item: event.item as Fields, index: done.length, text: '' };
    } else if (type === 'response.output_item.done') {
      if (!open) throw new Error('done without added');
      expect([event.output_index, event.item.id, event.item.type]).toEqual([open.index, open.item.id, open.item.type]);
      expect(open.finalText ?? open.text).toBe(open.text);
      expect(textOfItem(event.item as Fields)).toBe(open.text);
      done.push(event.item as Fields);
      open = undefined;
    } else if (/^response\.(completed|incomplete|failed)$/.test(type)) {
      expect(open, 'every item is done').toBeUndefined();
      last = event;
    } else if (type !== 'error') {
      if (!open) throw new Error(`${type} outside of an item`);
      expect([event.item_id, event.output_index]).toEqual([open.item.id, open.index]);
      if (type.endsWith('.delta')) open.text += event.delta as string;
      const final: unknown = /_(text|arguments|input)\.done$/.test(type)
        ? (event.text ?? event.arguments ?? event.input)
        : undefined;
      if (typeof final === 'string') open.finalText = final;
    }
  }
  if (!last) throw new Error('a stream ends with completed, incomplete or failed');
  const response = last.response as Fields;
  expect(response.id).toBe(id);
  expect(response.output).toEqual(done);
  expect(last.type).toBe(`response.${String(response.status)}`);
  return readResponse(response);
}

function textOfItem(item: Fields): string {
  switch (item.type) {
    case 'message':
      return (item.content as Fields[]).map(({ text, refusal }) => String(text ?? refusal)).join('');
    case 'reasoning':
      return [...(item.summary as Fields[]), ...((item.content ?? []) as Fields[])]
        .map(({ text }) => String(text))
        .join('');
    case 'custom_tool_call':
      return String(item.input);
    case 'function_call':
      return String(item.arguments);
    default:
      return '';
  }
}

/** Checks a whole response. */
function readResponse(response: Fields): AgentAnswer {
  expect(response).toMatchObject({ object: 'response', created_at: expect.any(Number) as number });
  expect(response.id).toMatch(/^resp_\w{16,}$/);
  expect(response).not.toHaveProperty('output_text');
  if (response.status !== 'failed')
    expect(response.usage).toMatchObject({
      input_tokens: expect.any(Number) as number,
      output_tokens: expect.any(Number) as number,
      total_tokens: expect.any(Number) as number,
    });
  const output = response.output as Fields[];
  const ids = output.map(({ id }) => id as unknown);
  expect(new Set(ids).size).toBe(ids.length);
  const calls = output.filter(({ type }) => String(type).endsWith('_call'));
  return {
    text: output.map((item) => (item.type === 'message' ? textOfItem(item) : '')).join(''),
    thinking: output.map((item) => (item.type === 'reasoning' ? textOfItem(item) : '')).join(''),
    calls: calls.map((call) => ({
      id: String(call.call_id),
      name: String(call.name ?? 'tool_search'),
      arguments: textOfItem(call) || JSON.stringify(call.arguments),
    })),
    ending: String(response.status),
    whole: response,
  };
}

/** An answer of either API, streamed or whole. */
export function readAgentAnswer(path: string, isStreamed: boolean, seen: Seen): AgentAnswer {
  expect(seen.status, seen.text.slice(0, 500)).toBe(200);
  expect(seen.type).toMatch(isStreamed ? /^text\/event-stream/ : /^application\/json/);
  const isMessages = path.includes('/messages');
  if (isStreamed) return (isMessages ? readMessageEvents : readResponseEvents)(readEvents(seen.text));
  return (isMessages ? readMessage : readResponse)(JSON.parse(seen.text) as Fields);
}
