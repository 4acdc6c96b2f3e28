import type { OpenAiChatRequest, OpenAiResponseFormat, UnreadablePart } from '#contracts';
import { isRecord } from '#primitives';
import { builtInTool } from './built-in-tools.js';
import type { OpenEncrypted } from './conversation.js';
import { Conversation } from './conversation.js';
import type { Item, ResponsesRequest } from './responses-request.js';
import { ToolSet } from './tools.js';

/** The parts of the request that the reply depends on. */
export interface ReplyContext {
  /** As the client wrote it. */
  readonly model: string;
  readonly tools: ToolSet;
  readonly showsSummary: boolean;
  readonly wantsEncrypted: boolean;
  /** Fields of the request that every response repeats. */
  readonly echo: Item;
}

export interface ChatTranslation {
  readonly request: OpenAiChatRequest;
  readonly context: ReplyContext;
  /** What was left out, once for each part. */
  readonly unreadable: readonly UnreadablePart[];
}

/** The request of a client that shortens its conversation. */
const SUMMARIZE =
  'Summarize the conversation above for a model that will continue it without seeing it. Keep the requests and constraints of the user, decisions and their reasons, facts, names of files, code and values that are still needed, results of tools, and what remains to be done. Write the summary alone.';

/** Whether the request ends with the request for a summary instead of a question. */
export function isCompaction({ input }: Pick<ResponsesRequest, 'input'>): boolean {
  return input.at(-1)?.type === 'compaction_trigger';
}

/** A request whose answer is the summary of its conversation. @throws BadRequestError */
export function toCompactionRequest(request: ResponsesRequest, openEncrypted: OpenEncrypted): ChatTranslation {
  const { stream, model, instructions, input, echo, previousResponseId, wantsStore } = request;
  const summarize = { type: 'message', role: 'user', content: SUMMARIZE };
  return toChatRequest(
    {
      ...{ stream, model, instructions, echo, previousResponseId, wantsStore },
      input: [...input.filter(({ type }) => type !== 'compaction_trigger').map(withoutTools), summarize],
      tools: [],
      toolChoice: undefined,
      parallelToolCalls: undefined,
      format: undefined,
      effort: undefined,
      summary: undefined,
      maxOutputTokens: undefined,
      sampling: {},
      topLogprobs: undefined,
      include: [],
    },
    openEncrypted,
  );
}

/** A summary needs no tools: a model that has some may call one instead. */
function withoutTools(item: Item): Item {
  const { tools: _tools, ...rest } = item;
  return item.type === 'additional_tools' || item.type === 'tool_search_output' ? rest : item;
}

/** POST /v1/responses as a chat request. @throws BadRequestError for features that chat completions do not have */
export function toChatRequest(request: ResponsesRequest, openEncrypted: OpenEncrypted): ChatTranslation {
  const tools = new ToolSet();
  tools.add(request.tools);
  for (const { type, tools: more } of request.input) {
    if ((type === 'additional_tools' || type === 'tool_search_output') && Array.isArray(more))
      tools.add(more.filter(isRecord).map(({ defer_loading: _deferred, ...tool }) => tool));
  }
  const conversation = new Conversation(tools, openEncrypted);
  conversation.addSystem(request.instructions);
  request.input.forEach((item, index) => conversation.add(item, `input[${String(index)}]`));
  const choice = toToolChoice(request.toolChoice, tools);
  const hasTools = tools.functions.length > 0;
  const format = toFormat(request.format);
  const wantsLogprobs = request.include.includes('message.output_text.logprobs');
  return {
    request: {
      model: request.model,
      messages: conversation.end(),
      ...(request.stream && { stream: true, stream_options: { include_usage: true } }),
      ...(request.maxOutputTokens !== undefined && { max_tokens: request.maxOutputTokens }),
      ...request.sampling,
      ...(hasTools && { tools: tools.functions }),
      ...(hasTools && choice !== undefined && { tool_choice: choice }),
      ...(hasTools && request.parallelToolCalls === false && { parallel_tool_calls: false }),
      ...(request.effort !== undefined && { reasoning_effort: request.effort }),
      ...(format && { response_format: format }),
      ...(wantsLogprobs && { logprobs: true, top_logprobs: request.topLogprobs ?? 0 }),
    },
    unreadable: conversation.unreadable,
    context: {
      model: request.model,
      tools,
      showsSummary: request.summary !== undefined,
      wantsEncrypted: request.include.includes('reasoning.encrypted_content'),
      echo: request.echo,
    },
  };
}

function toToolChoice(choice: unknown, tools: ToolSet): unknown {
  if (choice === 'required' || choice === 'none') return choice;
  if (!isRecord(choice)) return undefined;
  const { type, name, namespace, mode, tools: allowed } = choice;
  if ((type === 'function' || type === 'custom') && typeof name === 'string')
    return { type: 'function', function: { name: tools.nameOf(name, asName(namespace)) } };
  if (builtInTool(choice)) return { type: 'function', function: { name: tools.nameOf(String(type)) } };
  if (type === 'allowed_tools' && Array.isArray(allowed)) {
    const names = allowed
      .filter(isRecord)
      .map((each) => tools.nameOf(asName(each.name) ?? String(each.type), asName(each.namespace)));
    tools.restrictTo(new Set(names));
    return mode === 'required' ? 'required' : undefined;
  }
  return undefined;
}

function asName(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toFormat(format: Item | undefined): OpenAiResponseFormat | undefined {
  if (format?.type === 'json_object') return { type: 'json_object' };
  if (format?.type !== 'json_schema' || !isRecord(format.schema)) return undefined;
  const { name, schema, strict } = format;
  return {
    type: 'json_schema',
    json_schema: { name: typeof name === 'string' ? name : 'output', schema, ...(strict === true && { strict }) },
  };
}
