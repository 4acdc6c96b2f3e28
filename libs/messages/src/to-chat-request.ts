import type { OpenAiChatRequest, OpenAiTool, UnreadablePart } from '#contracts';
import type { NameMap } from '#dialects';
import { withPortableNames } from '#dialects';
import { BadRequestError, UnsupportedError } from '#errors';
import { isRecord } from '#primitives';
import type { OpenSignature } from './conversation.js';
import { referencedTools, toChatMessages } from './conversation.js';
import type { Block, MessagesRequest } from './messages-request.js';

/** Thinking budgets as levels: the steps of the real API's documentation between low, medium and high. */
const LOW_BUDGET = 4096;
const MEDIUM_BUDGET = 16_384;

/** Tools that the real API runs on its servers. */
const SERVER_TOOL = /^(web_search|web_fetch|code_execution|tool_search_tool|advisor|mcp_toolset)/;

/** Of these, the search among deferred tools. */
const TOOL_SEARCH = 'tool_search_tool';

/** Tools of the client that the model knows by their type: the parameters it was trained with. */
const TYPED_TOOLS: readonly (readonly [RegExp, Readonly<Record<string, unknown>>])[] = [
  [/^bash_/, { command: { type: 'string' }, restart: { type: 'boolean' } }],
  [
    /^(text_editor|memory)_/,
    {
      command: { type: 'string', description: 'view, create, str_replace, insert, delete or rename' },
      path: { type: 'string' },
      file_text: { type: 'string' },
      old_str: { type: 'string' },
      new_str: { type: 'string' },
      insert_line: { type: 'integer' },
      insert_text: { type: 'string' },
      view_range: { type: 'array', items: { type: 'integer' } },
    },
  ],
];

/** The parts of the request that the reply depends on. */
export interface ReplyContext {
  /** As the client wrote it. */
  readonly model: string;
  /** Tool names as sent upstream → as the client knows them. */
  readonly names: NameMap;
  readonly wantsThinking: boolean;
  /** The request itself turns thinking on, so its client takes blocks of thinking without text. */
  readonly enablesThinking: boolean;
  /** The client keeps thinking but does not show it: only its signature is sent. */
  readonly omitsThinking: boolean;
}

export interface ChatTranslation {
  readonly request: OpenAiChatRequest;
  readonly context: ReplyContext;
  /** What was left out, once for each part. */
  readonly unreadable: readonly UnreadablePart[];
}

/** POST /v1/messages as a chat request. @throws BadRequestError for features that chat completions do not have */
export function toChatRequest(request: MessagesRequest, openSignature: OpenSignature): ChatTranslation {
  const tools = toTools(request);
  const effort = toEffort(request);
  const choice = tools.length > 0 ? toToolChoice(request.toolChoice) : undefined;
  const { messages, unreadable } = toChatMessages(request.system, request.messages, openSignature);
  const chat: OpenAiChatRequest = {
    model: request.model,
    messages,
    ...(request.stream && { stream: true, stream_options: { include_usage: true } }),
    ...(request.maxTokens !== undefined && { max_tokens: request.maxTokens }),
    ...request.sampling,
    ...(request.stopSequences.length > 0 && { stop: [...request.stopSequences] }),
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(tools.length > 0 && request.toolChoice?.disable_parallel_tool_use === true && { parallel_tool_calls: false }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(request.format?.type === 'json_schema' &&
      isRecord(request.format.schema) && {
        response_format: { type: 'json_schema', json_schema: { name: 'output', schema: request.format.schema } },
      }),
  };
  const { request: portable, names } = withPortableNames(chat);
  return {
    request: portable,
    unreadable,
    context: {
      model: request.model,
      names,
      wantsThinking: request.thinking?.type !== 'disabled',
      enablesThinking: request.thinking?.type === 'enabled' || request.thinking?.type === 'adaptive',
      omitsThinking: request.thinking?.display === 'omitted',
    },
  };
}

/** Deferred tools are hidden until the conversation refers to them; tools of the real API's servers are left out. */
function toTools({ tools, messages }: MessagesRequest): OpenAiTool[] {
  const referenced = referencedTools(messages);
  const serverTools = tools.filter(({ type }) => typeof type === 'string' && SERVER_TOOL.test(type));
  if (serverTools.length === tools.length && serverTools.some(({ type }) => !String(type).startsWith(TOOL_SEARCH))) {
    const types = serverTools.map(({ type }) => String(type)).join(', ');
    throw new UnsupportedError(`tools: ${types} cannot be run by this server; offer tools that the client runs`);
  }
  // A search that nothing runs would hide the tools for ever.
  const isSearchedHere = serverTools.some(({ type }) => String(type).startsWith(TOOL_SEARCH));
  return tools.flatMap((tool, index) => {
    const { name, defer_loading: isDeferred } = tool;
    if (serverTools.includes(tool)) return [];
    if (isDeferred === true && !isSearchedHere && !referenced.has(String(name))) return [];
    if (typeof name !== 'string' || name === '')
      throw new BadRequestError(`tools.${String(index)}.name: Field required`);
    return [toTool(tool, name, index)];
  });
}

function toTool({ type, description, input_schema: schema }: Block, name: string, index: number): OpenAiTool {
  const parameters = isRecord(schema) ? schema : schemaOfType(type);
  if (!parameters)
    throw new UnsupportedError(
      `tools.${String(index)}: tools of the type ${JSON.stringify(type)} are not supported here`,
    );
  const { $schema: _dialect, ...rest } = parameters;
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' && description !== '' && { description }),
      parameters: { type: 'object', properties: {}, ...rest },
    },
  };
}

function schemaOfType(type: unknown): Record<string, unknown> | undefined {
  if (typeof type !== 'string' || type === 'custom') return { type: 'object', properties: {} };
  const properties = TYPED_TOOLS.find(([pattern]) => pattern.test(type))?.[1];
  return properties && { type: 'object', properties };
}

function toToolChoice(choice: Block | undefined): unknown {
  switch (choice?.type) {
    case 'any':
      return 'required';
    case 'none':
      return 'none';
    case 'tool':
      return { type: 'function', function: { name: String(choice.name) } };
    default:
      return undefined;
  }
}

/** The effort, else the budget, as a level; "none" turns thinking off, undefined leaves it to the model. */
function toEffort({ thinking, effort }: MessagesRequest): string | undefined {
  if (thinking?.type === 'disabled') return 'none';
  if (effort !== undefined) return effort;
  if (thinking?.type !== 'enabled') return undefined;
  const budget = Number(thinking.budget_tokens);
  if (budget <= LOW_BUDGET) return 'low';
  return budget <= MEDIUM_BUDGET ? 'medium' : 'high';
}
