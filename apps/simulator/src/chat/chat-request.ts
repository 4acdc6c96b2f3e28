import { userWords } from '../prompt/user-words.js';
import { isRecord } from '#primitives';
import { badRequest } from '../http/refusal.js';
import { numberOf, objectsOf, stringOf } from '../json.js';
import type { JsonObject } from '../json.js';
import { contentImages, contentText } from './content.js';

export interface ToolSpec {
  name: string;
  parameters: unknown;
}

/** The parts of a chat request an answer depends on. */
export interface ChatRequest {
  model: string;
  messages: JsonObject[];
  /** The last message of the user as it stands. */
  lastUserText: string;
  /** What of it the user has written. */
  userWords: string;
  /** Media types of the images, in order. */
  images: string[];
  /** Contents of the tool results the conversation ends with. */
  toolResults: { name: string | undefined; text: string }[];
  tools: ToolSpec[];
  /** `none`, `auto`, `required`, or the name of a function in an object. */
  toolChoice: string | { name: string };
  format: { type: 'text' } | { type: 'json'; schema: unknown };
  maxTokens: number | undefined;
  stops: string[];
  /** Number of alternatives per token; undefined when log probabilities were not asked for. */
  logprobs: number | undefined;
  stream: boolean;
  includeUsage: boolean;
  body: JsonObject;
}

/** Reads a chat request loosely: only what makes an answer impossible is refused. */
export function parseChatRequest(body: JsonObject): ChatRequest {
  const messages = body.messages;
  if (!Array.isArray(messages)) {
    throw badRequest("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  }
  if (messages.length === 0 || !messages.every(isRecord)) {
    throw badRequest("Invalid 'messages': expected a non-empty array of objects.", 'messages', 'empty_array');
  }
  const contents = messages.map((message) => message.content);
  const lastUserText = contentText(messages.findLast((message) => message.role === 'user')?.content);
  return {
    model: stringOf(body.model) ?? '',
    messages,
    lastUserText,
    userWords: userWords(lastUserText),
    images: contents.flatMap(contentImages),
    toolResults: trailingToolResults(messages),
    tools: parseTools(body.tools),
    toolChoice: parseToolChoice(body.tool_choice),
    format: parseFormat(body.response_format),
    maxTokens: positive(body.max_completion_tokens) ?? positive(body.max_tokens),
    stops: parseStops(body.stop),
    logprobs: body.logprobs === true ? (numberOf(body.top_logprobs) ?? 0) : undefined,
    stream: body.stream === true,
    includeUsage: wantsUsage(body),
    body,
  };
}

/** Whether a stream shall end with token counts. */
export function wantsUsage({ stream_options: options }: JsonObject): boolean {
  return isRecord(options) && options.include_usage === true;
}

/** The stop sequences of a request; empty ones are dropped. */
export function parseStops(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((stop): stop is string => typeof stop === 'string' && stop !== '');
}

/** A limit that limits; zero and below mean none. */
export function positive(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number > 0 ? number : undefined;
}

function trailingToolResults(messages: JsonObject[]): ChatRequest['toolResults'] {
  const last = messages.findLastIndex((message) => message.role !== 'tool');
  const calls = new Map(
    messages.flatMap((message) => objectsOf(message.tool_calls)).map((call) => [call.id, call.function] as const),
  );
  calls.delete(undefined);
  return messages.slice(last + 1).map((message) => {
    const called = calls.get(message.tool_call_id);
    return { name: stringOf(isRecord(called) ? called.name : message.name), text: contentText(message.content) };
  });
}

function parseTools(value: unknown): ToolSpec[] {
  return objectsOf(value).flatMap((tool) => {
    const { function: spec } = tool;
    const name = isRecord(spec) ? stringOf(spec.name) : undefined;
    return isRecord(spec) && name !== undefined ? [{ name, parameters: spec.parameters }] : [];
  });
}

function parseToolChoice(value: unknown): ChatRequest['toolChoice'] {
  if (!isRecord(value)) return stringOf(value) ?? 'auto';
  const name = isRecord(value.function) ? stringOf(value.function.name) : undefined;
  return name === undefined ? 'required' : { name };
}

function parseFormat(value: unknown): ChatRequest['format'] {
  if (!isRecord(value)) return { type: 'text' };
  if (value.type === 'json_object') return { type: 'json', schema: value.schema };
  if (value.type !== 'json_schema') return { type: 'text' };
  return { type: 'json', schema: isRecord(value.json_schema) ? (value.json_schema.schema ?? {}) : {} };
}
