import { BadRequestError, UnsupportedError } from '#errors';
import { isRecord } from '#primitives';

/** A JSON object whose fields are not checked yet. */
export type Item = Readonly<Record<string, unknown>>;

/** A request to POST /v1/responses. Unknown fields are ignored: clients add fields faster than servers learn them. */
export interface ResponsesRequest {
  readonly model: string;
  readonly instructions: string;
  readonly input: readonly Item[];
  readonly tools: readonly Item[];
  readonly toolChoice: unknown;
  readonly parallelToolCalls: boolean | undefined;
  readonly format: Item | undefined;
  readonly effort: string | undefined;
  /** `auto`, `concise` or `detailed`: the client shows reasoning as summaries. */
  readonly summary: string | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly sampling: { readonly temperature?: number; readonly top_p?: number };
  readonly topLogprobs: number | undefined;
  readonly stream: boolean;
  readonly include: readonly string[];
  readonly previousResponseId: string | undefined;
  /** False: the response must not be stored. */
  readonly wantsStore: boolean;
  /** Fields of the request that every response repeats. */
  readonly echo: Item;
}

/** @throws BadRequestError with the text that the client sees */
export function readResponsesRequest(body: unknown): ResponsesRequest {
  if (!isRecord(body)) throw new BadRequestError('request body must be a JSON object');
  const { model, input, instructions, stream, background, prompt, conversation } = body;
  if (typeof model !== 'string' || model === '') throw new BadRequestError('you must provide a model parameter');
  for (const [name, value] of Object.entries({ background, prompt, conversation })) {
    if (value !== undefined && value !== null && value !== false)
      throw new UnsupportedError(`Unsupported parameter: '${name}' is not supported by this server.`);
  }
  const reasoning = isRecord(body.reasoning) ? body.reasoning : {};
  const text = isRecord(body.text) ? body.text : {};
  return {
    model,
    instructions: typeof instructions === 'string' ? instructions : '',
    input: toItems(input),
    tools: toList(body.tools, 'tools'),
    toolChoice: body.tool_choice,
    parallelToolCalls: typeof body.parallel_tool_calls === 'boolean' ? body.parallel_tool_calls : undefined,
    format: isRecord(text.format) ? text.format : undefined,
    effort: typeof reasoning.effort === 'string' ? reasoning.effort : undefined,
    summary: [reasoning.summary, reasoning.generate_summary].find((each) => typeof each === 'string'),
    maxOutputTokens: toPositive(body.max_output_tokens),
    sampling: Object.fromEntries(
      (['temperature', 'top_p'] as const).flatMap((name) =>
        typeof body[name] === 'number' ? [[name, body[name]]] : [],
      ),
    ),
    topLogprobs: toPositive(body.top_logprobs),
    stream: stream === true,
    include: (Array.isArray(body.include) ? body.include : []).filter((each) => typeof each === 'string'),
    previousResponseId: typeof body.previous_response_id === 'string' ? body.previous_response_id : undefined,
    wantsStore: body.store !== false,
    echo: echoOf(body),
  };
}

function toItems(input: unknown): Item[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  if (input === undefined || input === null) return [];
  return toList(input, 'input');
}

function toList(value: unknown, name: string): Item[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BadRequestError(`Invalid type for '${name}': expected an array.`);
  return value.map((each: unknown, index) => {
    if (!isRecord(each)) throw new BadRequestError(`Invalid type for '${name}[${String(index)}]': expected an object.`);
    return each;
  });
}

function toPositive(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined;
}

function echoOf(body: Item): Item {
  const { instructions, max_output_tokens, metadata, parallel_tool_calls, reasoning, temperature } = body;
  const { text, tool_choice, tools, top_p, truncation } = body;
  const { effort, summary } = isRecord(reasoning) ? reasoning : {};
  return {
    instructions: instructions ?? null,
    max_output_tokens: max_output_tokens ?? null,
    metadata: isRecord(metadata) ? metadata : {},
    parallel_tool_calls: parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: effort ?? null, summary: summary ?? null },
    store: false,
    temperature: temperature ?? 1,
    text: isRecord(text) ? { format: { type: 'text' }, ...text } : { format: { type: 'text' } },
    tool_choice: tool_choice ?? 'auto',
    tools: Array.isArray(tools) ? tools : [],
    top_p: top_p ?? 1,
    truncation: truncation ?? 'disabled',
  };
}
