import { BadRequestError } from '#errors';
import { isRecord } from '#primitives';
import { toInput } from './input-items.js';

type Fields = Record<string, unknown>;

export interface ResponsesRequest {
  readonly body: Fields;
  /** Fields of the chat request that the Responses API does not have: what they request is lost. */
  readonly lost: readonly string[];
}

/** The API refuses lower limits. */
const MIN_OUTPUT_TOKENS = 16;

/** Fields with the same name and meaning in both APIs. */
const SHARED = [
  'model',
  'stream',
  'temperature',
  'top_p',
  'user',
  'metadata',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
];

/** Fields that are read below, or that request what the Responses API always does. */
const READ = new Set([
  ...SHARED,
  'messages',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'reasoning_effort',
  'reasoning',
  'verbosity',
  'logprobs',
  'top_logprobs',
  'stream_options',
  'n',
  // Always false: a conversation is not kept at the upstream.
  'store',
  // Watched for in the answer.
  'stop',
]);

/** Fields of requests that only chat completions can serve. */
const CHAT_ONLY = ['modalities', 'audio', 'prediction', 'web_search_options'];

/** Whether a chat request needs something that the Responses API lacks, such as answers in audio. */
export function isChatOnly(request: Readonly<Fields>): boolean {
  return CHAT_ONLY.some((field) => request[field] !== undefined && request[field] !== null);
}

/** Parts of a Responses request that an upstream may refuse and that are left out then. */
export type OptionalPart = 'include' | 'reasoning.summary' | 'reasoning_details';

/**
 * Converts a chat request into a request of the Responses API that keeps nothing at the upstream. Stop sequences do not
 * exist there: the answer has to be cut at them here (protocol D82).
 * @param without what is left out
 * @throws BadRequestError for more than one answer
 */
export function toResponsesRequest(
  request: Readonly<Fields>,
  without: ReadonlySet<string> = new Set<OptionalPart>(),
): ResponsesRequest {
  if (typeof request.n === 'number' && request.n > 1)
    throw new BadRequestError('n must be 1: this model is served by the Responses API, which gives one answer');
  const format = toFormat(request.response_format);
  const { instructions, items } = toInput(listOf(request.messages), {
    keepsSystem: format?.type === 'json_object',
    keepsReasoning: !without.has('reasoning_details'),
  });
  const tools = listOf(request.tools).filter(isRecord).map(toTool);
  const limit = request.max_completion_tokens ?? request.max_tokens;
  const reasoning = toReasoning(request, !without.has('reasoning.summary'));
  const text = { ...(format && { format }), ...(isPresent(request.verbosity) && { verbosity: request.verbosity }) };
  const hasLogprobs = request.logprobs === true;
  const body: Fields = {
    ...Object.fromEntries(SHARED.flatMap((field) => (isPresent(request[field]) ? [[field, request[field]]] : []))),
    ...(instructions !== undefined && { instructions }),
    input: items,
    ...(tools.length > 0 && { tools }),
    ...(tools.length > 0 && isPresent(request.tool_choice) && { tool_choice: toToolChoice(request.tool_choice) }),
    ...(tools.length > 0 &&
      isPresent(request.parallel_tool_calls) && { parallel_tool_calls: request.parallel_tool_calls }),
    ...(typeof limit === 'number' && { max_output_tokens: Math.max(limit, MIN_OUTPUT_TOKENS) }),
    ...(reasoning && { reasoning }),
    ...(Object.keys(text).length > 0 && { text }),
    ...(hasLogprobs && { top_logprobs: request.top_logprobs ?? 0 }),
    ...(!without.has('include') && {
      include: ['reasoning.encrypted_content', ...(hasLogprobs ? ['message.output_text.logprobs'] : [])],
    }),
    store: false,
  };
  const lost = Object.keys(request).filter((field) => !READ.has(field) && isPresent(request[field]));
  return { body, lost };
}

/** A summary is requested with the effort: it is the only form in which the reasoning can be read. */
function toReasoning(
  { reasoning_effort: effort, reasoning }: Readonly<Fields>,
  hasSummary: boolean,
): Fields | undefined {
  const wanted = effort ?? (isRecord(reasoning) ? reasoning.effort : undefined);
  if (typeof wanted !== 'string') return undefined;
  return { effort: wanted, ...(hasSummary && wanted !== 'none' && { summary: 'auto' }) };
}

function toFormat(format: unknown): Fields | undefined {
  if (!isRecord(format)) return undefined;
  if (format.type !== 'json_schema' || !isRecord(format.json_schema)) return { ...format };
  // Unlike chat completions, the Responses API is strict by default.
  return { type: 'json_schema', ...format.json_schema, strict: format.json_schema.strict === true };
}

function toTool(tool: Fields): Fields {
  const { type, function: declared, custom } = tool;
  if (isRecord(custom))
    return { type, ...custom, ...(isRecord(custom.format) && { format: toGrammar(custom.format) }) };
  if (!isRecord(declared)) return tool;
  const { parameters, strict, ...rest } = declared;
  return {
    type: 'function',
    ...rest,
    parameters: parameters ?? { type: 'object', properties: {} },
    strict: strict === true,
  };
}

function toGrammar({ grammar, ...format }: Fields): Fields {
  return { ...format, ...(isRecord(grammar) && grammar) };
}

function toToolChoice(choice: unknown): unknown {
  if (!isRecord(choice)) return choice;
  const { allowed_tools: allowed, ...rest } = choice;
  if (isRecord(allowed)) return { ...rest, ...allowed, tools: listOf(allowed.tools).map(toToolChoice) };
  const named = [choice.function, choice.custom].find(isRecord);
  return named ? { type: choice.type, name: named.name } : choice;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
