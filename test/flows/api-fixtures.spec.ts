import { describe, expect, it } from 'vitest';
import { MessageEncoder } from '#messages';
import { ResponseEncoder } from '#responses';
import { ToolSet } from '../../libs/responses/src/tools.js';
import type { EventEncoder } from '../../libs/translation/src/response/event-stream.js';
import { EventStream } from '../../libs/translation/src/response/event-stream.js';
import type { AgentAnswer, Fields } from '../support/agent-events.js';
import type { Recording } from '../support/recordings.js';
import { hasRecordings, recordedStreams } from '../support/recordings.js';
import { readEvents, readMessageEvents, readResponseEvents, typesOf } from '../support/agent-events.js';

/** Whether a chat model can have generated it, and every block is whole: no server tools, no second message. */
function isPlain({ events }: Recording, kinds: RegExp): boolean {
  const kindOf = ({ content_block: block, item }: Fields): unknown => block?.type ?? item?.type;
  const opened = events.filter(({ type }) => /^(content_block_start|response\.output_item\.added)$/.test(String(type)));
  const firsts = events.filter(({ type }) => type === 'message_start' || type === 'response.created');
  const isEnded = /^(message_stop|response\.(completed|incomplete))$/.test(String(events.at(-1)?.type));
  return firsts.length === 1 && isEnded && opened.every((event) => kinds.test(String(kindOf(event))));
}

type Delta = Record<string, unknown>;

/** The chat stream of a model that generated the same: one event for each delta, the usage at the end. */
function toChatStream(deltas: readonly Delta[], finish: string): string {
  const chunks = [
    ...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: finish }] },
    { choices: [], usage: { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 40 } } },
  ];
  return [...chunks.map((chunk) => JSON.stringify({ object: 'chat.completion.chunk', ...chunk })), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join('');
}

const FINISH: Readonly<Record<string, string>> = { max_tokens: 'length', refusal: 'content_filter' };

function chatOfMessage(events: readonly Fields[]): string {
  let calls = -1;
  const deltas = events.flatMap(({ type, content_block: block, delta }): Delta[] => {
    if (type === 'content_block_start' && block.type === 'tool_use') {
      calls += 1;
      return [{ tool_calls: [{ index: calls, id: block.id, function: { name: block.name, arguments: '' } }] }];
    }
    if (type !== 'content_block_delta') return [];
    if (delta.type === 'text_delta') return [{ content: delta.text }];
    if (delta.type === 'thinking_delta') return [{ reasoning_content: delta.thinking }];
    if (delta.type !== 'input_json_delta') return [];
    return [{ tool_calls: [{ index: calls, function: { arguments: delta.partial_json } }] }];
  });
  const stop = String(events.find(({ type }) => type === 'message_delta')?.delta.stop_reason);
  return toChatStream(deltas, FINISH[stop] ?? (calls >= 0 ? 'tool_calls' : 'stop'));
}

const DELTA_OF_CALL = 'response.function_call_arguments.delta';

function chatOfResponse(events: readonly Fields[]): string {
  let calls = -1;
  const deltas = events.flatMap(({ type, item, delta, output_index: place, arguments: whole }): Delta[] => {
    switch (type) {
      case 'response.output_item.added':
        if (item.type !== 'function_call') return [];
        calls += 1;
        return [{ tool_calls: [{ index: calls, id: item.call_id, function: { name: item.name, arguments: '' } }] }];
      case DELTA_OF_CALL:
        return [{ tool_calls: [{ index: calls, function: { arguments: delta } }] }];
      case 'response.function_call_arguments.done': {
        const isNew = !events.some((each) => each.type === DELTA_OF_CALL && each.output_index === place);
        return isNew ? [{ tool_calls: [{ index: calls, function: { arguments: whole } }] }] : [];
      }
      case 'response.output_text.delta':
        return [{ content: delta }];
      case 'response.refusal.delta':
        return [{ refusal: delta }];
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return [{ reasoning_content: delta }];
      default:
        return [];
    }
  });
  const isCut = events.at(-1)?.type === 'response.incomplete';
  return toChatStream(deltas, isCut ? 'length' : calls >= 0 ? 'tool_calls' : 'stop');
}

const messageEncoder = (): MessageEncoder =>
  new MessageEncoder({
    id: 'msg_0123456789abcdef01234567',
    model: 'm',
    names: new Map(),
    wantsThinking: true,
    enablesThinking: true,
    omitsThinking: false,
    inputEstimate: 100,
    sign: (text) => `p1.${String(text.length)}`,
  });

const responseEncoder = (showsSummary: boolean): ResponseEncoder =>
  new ResponseEncoder({
    id: 'resp_0123456789abcdef01234567',
    createdAt: 1,
    model: 'm',
    tools: new ToolSet(),
    showsSummary,
    wantsEncrypted: false,
    showsRefusal: true,
    echo: {},
    inputEstimate: 100,
    seal: (text) => `p1.${String(text.length)}`,
  });

/** Bytes of each read; 1e9 is one read for all. */
const CUTS = [1, 7, 64, 1000, 1e9];

function encode(chat: string, encoder: EventEncoder, cut: number): Fields[] {
  let made = 0;
  const stream = new EventStream(
    {
      contentType: 'text/event-stream',
      isStreamed: true,
      thinking: true,
      topLogprobs: 0,
      watchedStops: [],
      newId: () => `call_${String((made += 1))}`,
    },
    encoder,
  );
  const bytes = Buffer.from(chat);
  const events: string[] = [];
  for (let at = 0; at < bytes.length && !stream.isOver; at += cut)
    if (stream.feed([bytes.subarray(at, at + cut)])) events.push(...stream.take());
  if (!stream.isOver && stream.flush()) events.push(...stream.take());
  return readEvents([...events, ...stream.end()].join(''));
}

const shown = ({ text, thinking, calls }: AgentAnswer): unknown => ({
  text,
  thinking,
  calls: calls.map(({ name, arguments: json }) => [name, JSON.parse(json || '{}') as unknown]),
});

/** What a client of the recorded stream has at its end. */
function recordedMessage(events: readonly Fields[]): unknown {
  const of = (kind: string, field: string): string =>
    events.map(({ delta }) => (delta?.type === kind ? String(delta[field]) : '')).join('');
  const calls = events
    .filter(({ content_block: block }) => block?.type === 'tool_use')
    .map(({ index, content_block: block }) => {
      const pieces = events.filter((event) => event.index === index && event.delta?.type === 'input_json_delta');
      const json = pieces.map(({ delta }) => String(delta.partial_json)).join('');
      return [block.name, JSON.parse(json || '{}') as unknown];
    });
  return { text: of('text_delta', 'text'), thinking: of('thinking_delta', 'thinking'), calls };
}

function recordedResponse(events: readonly Fields[]): unknown {
  const of = (...kinds: string[]): string =>
    events.map(({ type, delta }) => (kinds.includes(String(type)) ? String(delta) : '')).join('');
  const calls = events.filter(
    ({ type, item }) => type === 'response.output_item.done' && item.type === 'function_call',
  );
  return {
    text: of('response.output_text.delta', 'response.refusal.delta'),
    thinking: of('response.reasoning_summary_text.delta', 'response.reasoning_text.delta'),
    calls: calls.map(({ item }) => [item.name, JSON.parse(String(item.arguments) || '{}') as unknown]),
  };
}

/** Without items that have no text: reasoning that is not shown. */
function withoutEmptyItems(events: readonly Fields[]): Fields[] {
  const isOfItem = ({ type }: Fields): boolean => /^response\.output_item\.(added|done)$/.test(String(type));
  const shownItems = new Set(events.flatMap((event) => (isOfItem(event) ? [] : [event.output_index as unknown])));
  return events.filter((event) => !isOfItem(event) || shownItems.has(event.output_index));
}

/** Some gateways add the next item before the last one is done. */
function hasOverlap(events: readonly Fields[]): boolean {
  let open = 0;
  return events.some(({ type }) => {
    if (type === 'response.output_item.added') open += 1;
    if (type === 'response.output_item.done') open -= 1;
    return open > 1;
  });
}

/** LM Studio sends arguments with the end of a call only. */
const hasLateArguments = (events: readonly Fields[]): boolean =>
  events.some(({ type }) => type === 'response.function_call_arguments.done') &&
  !events.some(({ type }) => type === DELTA_OF_CALL);

/** Blocks that are encrypted have no text. */
const hasEmptyBlock = (events: readonly Fields[]): boolean => JSON.stringify(events).includes('redacted_thinking');

/** Some servers leave it out. */
const IN_PROGRESS = 'response.in_progress';

const messages = recordedStreams('messages').filter((each) => isPlain(each, /^(text|thinking|tool_use)$/));
const responses = recordedStreams('responses').filter((each) => isPlain(each, /^(message|reasoning|function_call)$/));

describe.skipIf(!hasRecordings)(
  `recorded answers${hasRecordings ? '' : ' (there are none beside the project)'}`,
  () => {
    it('are more than a handful', () => {
      expect(messages.length).toBeGreaterThan(5);
      expect(responses.length).toBeGreaterThan(10);
    });

    it.each(messages.map((each) => [each.name, each] as const))('as a chat stream become %s', (_name, { events }) => {
      for (const cut of CUTS) {
        const encoded = encode(chatOfMessage(events), messageEncoder(), cut);
        expect(shown(readMessageEvents(encoded))).toEqual(recordedMessage(events));
        if (!hasEmptyBlock(events)) expect(typesOf(encoded)).toEqual(typesOf(events));
      }
    });

    it.each(responses.map((each) => [each.name, each] as const))('as a chat stream become %s', (_name, { events }) => {
      const isInProgressSent = events.some(({ type }) => type === IN_PROGRESS);
      const showsSummary = !events.some(({ type }) => type === 'response.reasoning_text.delta');
      for (const cut of CUTS) {
        const encoded = encode(chatOfResponse(events), responseEncoder(showsSummary), cut);
        expect(shown(readResponseEvents(encoded))).toEqual(recordedResponse(events));
        if (!hasOverlap(events) && !hasLateArguments(events))
          expect(typesOf(encoded).filter((type) => isInProgressSent || type !== IN_PROGRESS)).toEqual(
            typesOf(withoutEmptyItems(events)),
          );
      }
    });
  },
);
