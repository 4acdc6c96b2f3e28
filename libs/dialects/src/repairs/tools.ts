import type { OpenAiChatRequest, OpenAiMessage, OpenAiTool } from '#contracts';
import type { SchemaLevel } from './tool-schema.js';
import { normalizeSchema } from './tool-schema.js';

/** The part of a chat request that tools appear in. */
export type ToolRequest = Pick<OpenAiChatRequest, 'messages' | 'tools'> & { readonly tool_choice?: unknown };

/** Names that every upstream with function calling takes (OpenAI API reference, `tools[].function.name`). */
const PORTABLE_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_NAME = 64;
/** Of the hash that keeps shortened names apart: 32 bits. */
const HASH_DIGITS = 8;

/** Names as sent → names as the client wrote them, for the names that differ. */
export type NameMap = ReadonlyMap<string, string>;

/**
 * Tool names outside of letters, digits, `_` and `-`, longer than 64 characters or used twice are replaced in tools,
 * calls and the choice. The replacement depends on the name alone, so that it is the same in every turn and replica.
 */
export function withPortableNames<Request extends ToolRequest>(request: Request): { request: Request; names: NameMap } {
  const names = new Map<string, string>();
  const taken = new Set((request.tools ?? []).map(({ function: { name } }) => name).filter(isPortableName));
  const rename = (name: string): string => {
    if (isPortableName(name)) return name;
    const portable = toPortableName(name);
    const sent = taken.has(portable) && names.get(portable) !== name ? hashed(portable, name) : portable;
    names.set(sent, name);
    return sent;
  };
  const tools = request.tools?.map((tool) => ({
    ...tool,
    function: { ...tool.function, name: rename(tool.function.name) },
  }));
  const messages = request.messages.map((message) => renameCalls(message, rename));
  const choice = renameChoice(request.tool_choice, rename);
  if (names.size === 0) return { request, names };
  return {
    request: { ...request, messages, ...(tools && { tools }), ...(choice !== undefined && { tool_choice: choice }) },
    names,
  };
}

/** `get weather.v2` → `get_weather_v2_1c3f9a0b`: readable for the model, unique by the hash of the whole name. */
export function toPortableName(name: string): string {
  return isPortableName(name) ? name : hashed(name, name);
}

function hashed(readable: string, name: string): string {
  const clean = readable.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, MAX_NAME - HASH_DIGITS - 1);
  return `${clean}_${hashOf(name)}`;
}

export function isPortableName(name: string): boolean {
  return PORTABLE_NAME.test(name);
}

/** FNV-1a, 32 bits, in hexadecimal. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(16).padStart(HASH_DIGITS, '0');
}

function renameCalls(message: OpenAiMessage, rename: (name: string) => string): OpenAiMessage {
  if (!message.tool_calls) return message;
  return {
    ...message,
    tool_calls: message.tool_calls.map((call) => ({
      ...call,
      function: { ...call.function, name: rename(call.function.name) },
    })),
  };
}

function renameChoice(choice: unknown, rename: (name: string) => string): unknown {
  const named = choice as { function?: { name?: unknown } } | undefined;
  const name = named?.function?.name;
  return typeof name === 'string' ? { ...named, function: { ...named?.function, name: rename(name) } } : choice;
}

/** Each tool once: the first declaration of a name is kept. */
export function withDistinctTools<Request extends ToolRequest>(request: Request): Request {
  const { tools } = request;
  if (!tools) return request;
  const seen = new Set<string>();
  const distinct = tools.filter(({ function: { name } }) => !seen.has(name) && seen.add(name));
  return distinct.length === tools.length ? request : { ...request, tools: distinct };
}

/** `{"type": "function", "function": {"name": …}}` as `required`, with that tool alone. */
export function withChosenTool<Request extends ToolRequest>(request: Request): Request {
  const { tool_choice: choice, tools = [] } = request;
  const name = (choice as { function?: { name?: unknown } } | undefined)?.function?.name;
  const chosen = tools.filter(({ function: each }) => each.name === name);
  return chosen.length === 0 ? request : { ...request, tools: chosen, tool_choice: 'required' };
}

/** Without an empty list of tools, and without a choice where there are none. */
export function withoutEmptyTools<Request extends ToolRequest>(request: Request): Request {
  if (request.tools && request.tools.length > 0) return request;
  const { tools: _tools, tool_choice: _choice, ...rest } = request;
  return rest as Request;
}

/** Descriptions of tools and of their parameters cut at `maxLength` characters, not inside a surrogate pair. */
export function withShortDescriptions<Request extends ToolRequest>(request: Request, maxLength: number): Request {
  if (!request.tools) return request;
  const tools = request.tools.map((tool) => {
    const { description } = tool.function;
    const parameters = cutDescriptions(tool.function.parameters, maxLength) as Record<string, unknown>;
    return {
      ...tool,
      function: {
        ...tool.function,
        ...(description !== undefined && { description: cut(description, maxLength) }),
        parameters,
      },
    };
  });
  return { ...request, tools };
}

function cutDescriptions(value: unknown, maxLength: number): unknown {
  if (Array.isArray(value)) return value.map((each) => cutDescriptions(each, maxLength));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => [
      key,
      key === 'description' && typeof each === 'string' ? cut(each, maxLength) : cutDescriptions(each, maxLength),
    ]),
  );
}

function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const end = maxLength - 1;
  const last = text.charCodeAt(end - 1);
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, isHighSurrogate ? end - 1 : end)}…`;
}

/** The parameters of every tool at one level of {@link normalizeSchema}. */
export function withNormalizedSchemas<Request extends ToolRequest>(request: Request, level: SchemaLevel): Request {
  if (!request.tools) return request;
  const tools = request.tools.map((tool) => ({
    ...tool,
    function: {
      ...tool.function,
      parameters: normalizeSchema(tool.function.parameters, level),
    },
  }));
  return { ...request, tools };
}

/** At most `maxTools`; those that the conversation has already called come first. */
export function withFewerTools<Request extends ToolRequest>(request: Request, maxTools: number): Request {
  const { tools } = request;
  if (!tools || tools.length <= maxTools) return request;
  const called = new Set(callsOf(request.messages).map(({ name }) => name));
  const isCalled = ({ function: { name } }: OpenAiTool): boolean => called.has(name);
  const kept = new Set([...tools.filter(isCalled), ...tools.filter((tool) => !isCalled(tool))].slice(0, maxTools));
  return { ...request, tools: tools.filter((tool) => kept.has(tool)) };
}

/**
 * Declarations for tools that the conversation has called and the request does not declare: some upstreams refuse calls
 * of undeclared tools. The parameters are those that were used, without types.
 */
export function withDeclaredTools<Request extends ToolRequest>(request: Request): Request {
  const declared = new Set((request.tools ?? []).map(({ function: { name } }) => name));
  const missing = new Map<string, Set<string>>();
  for (const { name, parameters } of callsOf(request.messages)) {
    if (declared.has(name)) continue;
    const known = missing.get(name) ?? new Set<string>();
    for (const each of parameters) known.add(each);
    missing.set(name, known);
  }
  if (missing.size === 0) return request;
  const added = [...missing].map(([name, parameters]): OpenAiTool => ({
    type: 'function',
    function: {
      name,
      description: 'Used earlier in this conversation.',
      parameters: { type: 'object', properties: Object.fromEntries([...parameters].map((each) => [each, {}])) },
    },
  }));
  return { ...request, tools: [...(request.tools ?? []), ...added] };
}

function callsOf(messages: readonly OpenAiMessage[]): { name: string; parameters: string[] }[] {
  return messages.flatMap(({ tool_calls = [] }) =>
    tool_calls.map(({ function: { name, arguments: text } }) => ({ name, parameters: keysOf(text) })),
  );
}

function keysOf(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

/**
 * Ids of tool calls in the form that an upstream takes: letters, digits, `_` and `-`, at most `maxLength` characters.
 * Ids that fit stay; the same id becomes the same text in call and result, and two ids stay two.
 */
export function withShortCallIds<Request extends ToolRequest>(request: Request, maxLength: number): Request {
  const ids = new Map<string, string>();
  const used = new Set<string>();
  const shorten = (id: string): string => {
    const known = ids.get(id);
    if (known !== undefined) return known;
    const clean = id.replace(/[^A-Za-z0-9_-]/g, '_');
    const fits = clean.length <= maxLength && clean === id && !used.has(clean);
    const short = fits ? id : `call_${hashOf(id)}${hashOf(`${id}#`)}`.slice(0, maxLength);
    ids.set(id, short);
    used.add(short);
    return short;
  };
  const messages = request.messages.map((message) => ({
    ...message,
    ...(message.tool_calls && { tool_calls: message.tool_calls.map((call) => ({ ...call, id: shorten(call.id) })) }),
    ...(message.tool_call_id !== undefined && { tool_call_id: shorten(message.tool_call_id) }),
  }));
  return { ...request, messages };
}
