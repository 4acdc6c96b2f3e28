import { describe, expect, it } from 'vitest';
import type { OllamaChatResponse, OpenAiAnswer } from '#contracts';
import { MessageEncoder } from '#messages';
import { isRecord, parseJson } from '#primitives';
import { ResponsesToChat } from '#responses-upstream';
import { OllamaStream } from '#translation';
import { EventStream } from '../../libs/translation/src/response/event-stream.js';
import { writeChatLine } from '../../libs/translation/src/response/lines.js';
import type { Fields } from '../support/agent-events.js';
import { readEvents, readMessageEvents } from '../support/agent-events.js';
import type { Recording } from '../support/recordings.js';
import { hasRecordings, recordedResponses, recordedStreams } from '../support/recordings.js';

/** Bytes of each read; 1e9 is one read for all. */
const CUTS = [1, 7, 64, 1000, 1e9];

const CALLS = /^(function_call|custom_tool_call)$/;

/** What a client has at the end. Between paragraphs there may be more space than in the recording. */
interface Answer {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly (readonly [name: string, argumentsOrInput: unknown])[];
}

const packed = (text: string): string => text.replace(/\s+/g, '');
const toAnswer = ({ text, thinking, calls }: Answer): Answer => ({
  text: packed(text),
  thinking: packed(thinking),
  calls,
});

/** What a recorded response has; only its tools of the client are calls. */
function recorded(output: readonly Fields[]): Answer {
  const partsOf = (type: string, ...fields: string[]): Fields[] =>
    output.filter((item) => item.type === type).flatMap((item) => fields.flatMap((field) => item[field] ?? []));
  const textOf = ({ text, refusal }: Fields): string => String(text ?? refusal ?? '');
  const summary = partsOf('reasoning', 'summary');
  return {
    text: partsOf('message', 'content').map(textOf).join(''),
    thinking: (summary.length > 0 ? summary : partsOf('reasoning', 'content')).map(textOf).join(''),
    calls: output.filter(({ type }) => CALLS.test(String(type))).flatMap(callsOf),
  };
}

/** A call by the name of the wrapper holds several. */
function callsOf({ type, name, arguments: json, input }: Fields): Answer['calls'] {
  if (type === 'custom_tool_call') return [[String(name), { input: String(input) }]];
  const value = JSON.parse(String(json) || '{}') as Fields;
  if (name !== 'parallel') return [[String(name), value]];
  return (value.tool_uses as Fields[]).map(({ recipient_name: tool, parameters }) => [
    String(tool).replace('functions.', ''),
    parameters,
  ]);
}

/** The chat response, and the failure with which it ends. */
function toChat(body: string, cut: number, isStreamed: boolean, carriesItems: boolean): string {
  const reader = new ResponsesToChat({
    contentType: isStreamed ? 'text/event-stream' : 'application/json',
    isStreamed,
    includesUsage: true,
    watchedStops: [],
    carriesItems,
    tools: new Set(),
  });
  const bytes = Buffer.from(body);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length && !reader.isOver; at += cut)
    pieces.push(reader.feed([bytes.subarray(at, at + cut)]));
  pieces.push(reader.end());
  return Buffer.concat(pieces).toString();
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : '');

const ofCustom = (input: string): unknown => ({ input });

function readChat(body: string, isStreamed: boolean): Answer {
  const chunks = isStreamed
    ? body
        .split('\n\n')
        .filter((event) => event.startsWith('data: {'))
        .map((event) => JSON.parse(event.slice('data: '.length)) as OpenAiAnswer)
    : [JSON.parse(body) as OpenAiAnswer];
  if (isStreamed) expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
  const messages = chunks.flatMap(({ choices }) => choices ?? []).map((choice) => choice.delta ?? choice.message ?? {});
  const calls: Fields[] = [];
  for (const [at, call] of messages.flatMap(({ tool_calls: each = [] }) => each as Fields[]).entries()) {
    const known = (calls[Number(call.index ?? at)] ??= { name: '', json: '', isCustom: call.custom !== undefined });
    const { name, arguments: json, input } = (call.function ?? call.custom) as Fields;
    known.name = `${String(known.name)}${String(name ?? '')}`;
    known.json = `${String(known.json)}${String(json ?? input ?? '')}`;
  }
  return {
    text: messages.map(({ content, refusal }) => `${asText(content)}${asText(refusal)}`).join(''),
    thinking: messages.map(({ reasoning_content: text }) => asText(text)).join(''),
    calls: calls.map(({ name, json, isCustom }) => [
      String(name),
      isCustom ? ofCustom(String(json)) : (JSON.parse(String(json) || '{}') as unknown),
    ]),
  };
}

const contentType = (isStreamed: boolean): string => (isStreamed ? 'text/event-stream' : 'application/json');

function readOllama(body: string, isStreamed: boolean): Answer {
  const stream = new OllamaStream<OllamaChatResponse>(
    {
      model: 'm',
      contentType: contentType(isStreamed),
      clock: { now: () => 1, timestamp: () => '2026-01-01T00:00:00Z' },
      received: 0,
      sent: 0,
      promptEstimate: 1,
      thinking: true,
      topLogprobs: 0,
      watchedStops: [],
      newId: () => 'call_1',
    },
    writeChatLine,
  );
  stream.feed([Buffer.from(body)]);
  const texts = isStreamed ? stream.take() : [];
  if (!stream.isOver && stream.flush()) texts.push(...stream.take());
  texts.push(...stream.end());
  const lines = texts.map((text) => JSON.parse(text) as OllamaChatResponse);
  expect(lines.map(({ done }) => done)).toEqual([...lines.slice(1).map(() => false), true]);
  return {
    text: lines.map(({ message }) => message.content).join(''),
    thinking: lines.map(({ message }) => message.thinking ?? '').join(''),
    calls: lines.flatMap(({ message }) =>
      (message.tool_calls ?? []).map(({ function: { name, arguments: value } }) => [name, value] as const),
    ),
  };
}

function readMessages(body: string, isStreamed: boolean): Answer {
  let ids = 0;
  const encoder = new MessageEncoder({
    id: 'msg_0123456789abcdef01234567',
    model: 'm',
    names: new Map(),
    wantsThinking: true,
    enablesThinking: true,
    omitsThinking: false,
    inputEstimate: 100,
    sign: (text) => `p1.${String(text.length)}`,
  });
  const stream = new EventStream(
    {
      contentType: contentType(isStreamed),
      isStreamed: true,
      thinking: true,
      topLogprobs: 0,
      watchedStops: [],
      newId: () => `call_${String((ids += 1))}`,
    },
    encoder,
  );
  stream.feed([Buffer.from(body)]);
  if (!stream.isOver) stream.flush();
  const events = stream.take();
  const { text, thinking, calls } = readMessageEvents(readEvents([...events, ...stream.end()].join('')));
  return { text, thinking, calls: calls.map(({ name, arguments: json }) => [name, parseJson(json || '{}')]) };
}

/** What a recorded stream has: its items, as they are when they are done. */
function recordedStream(events: readonly Fields[]): Answer {
  return recorded(events.flatMap(({ type, item }) => (type === 'response.output_item.done' ? [item as Fields] : [])));
}

/** One recording was shortened by hand: its deltas and the text at their end differ. */
function isConsistent({ events }: Recording): boolean {
  return events.every(({ type, text, output_index: place }) => {
    if (type !== 'response.output_text.done') return true;
    const deltas = events.filter((each) => each.type === 'response.output_text.delta' && each.output_index === place);
    return deltas.length === 0 || deltas.map(({ delta }) => String(delta)).join('') === text;
  });
}

/** Some files have the responses of several turns. */
function splitTurns({ name, events }: Recording): Recording[] {
  const starts = events.flatMap(({ type }, at) => (type === 'response.created' ? [at] : []));
  return starts.map((start, turn) => ({
    name: starts.length > 1 ? `${name} turn ${String(turn + 1)}` : name,
    events: events.slice(start, starts[turn + 1]),
  }));
}

/** Clients of Ollama and of the Messages API have no custom tools that a model could call. */
const hasCustomCall = (output: Answer['calls']): boolean =>
  output.some(([, value]) => isRecord(value) && typeof value.input === 'string');

const isAnswered = (events: readonly Fields[]): boolean =>
  /^response\.(completed|incomplete)$/.test(String(events.at(-1)?.type));

const streams = recordedStreams('responses').flatMap(splitTurns).filter(isConsistent);
const wholes = recordedResponses('responses').filter(({ body }) => body.object === 'response');
const toSse = (events: readonly Fields[]): string =>
  events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join('');

describe.skipIf(!hasRecordings)(
  `recorded responses of an upstream${hasRecordings ? '' : ' (there are none beside the project)'}`,
  () => {
    it('are more than a handful', () => {
      expect([streams.length > 30, wholes.length > 30]).toEqual([true, true]);
    });

    it.each(streams.filter(({ events }) => isAnswered(events)).map((each) => [each.name, each] as const))(
      'become chat, Ollama and Messages streams: %s',
      (_name, { events }) => {
        const expected = toAnswer(recordedStream(events));
        for (const cut of CUTS) {
          const chat = toChat(toSse(events), cut, true, false);
          expect(toAnswer(readChat(chat, true))).toEqual(expected);
        }
        if (hasCustomCall(expected.calls)) return;
        const neutral = toChat(toSse(events), 1000, true, true);
        expect(toAnswer(readOllama(neutral, true))).toEqual(expected);
        expect(toAnswer(readMessages(neutral, true))).toEqual(expected);
      },
    );

    it.each(streams.filter(({ events }) => !isAnswered(events)).map((each) => [each.name, each] as const))(
      'fail where they failed: %s',
      (_name, { events }) => {
        for (const cut of CUTS) expect(() => toChat(toSse(events), cut, true, false)).toThrow();
      },
    );

    it.each(wholes.map((each) => [each.name, each] as const))(
      'become chat, Ollama and Messages answers: %s',
      (_name, { body }) => {
        if (/^(failed|cancelled|queued|in_progress)$/.test(String(body.status))) {
          expect(() => toChat(JSON.stringify(body), 1000, false, false)).toThrow();
          return;
        }
        const expected = toAnswer(recorded(body.output as Fields[]));
        for (const cut of CUTS)
          expect(toAnswer(readChat(toChat(JSON.stringify(body), cut, false, false), false))).toEqual(expected);
        if (hasCustomCall(expected.calls)) return;
        const neutral = toChat(JSON.stringify(body), 1000, false, true);
        expect(toAnswer(readOllama(neutral, false))).toEqual(expected);
        expect(toAnswer(readMessages(neutral, false))).toEqual(expected);
      },
    );
  },
);
