import { isRecord } from '#primitives';
import type { ChatAnswer } from '../chat/chat-answer.js';
import { toChatLogprobs } from '../chat/logprobs.js';
import type { AnswerCall } from '../chat/tool-calls.js';
import type { Chunk } from '../http/sse.js';
import type { JsonObject } from '../json.js';
import type { Script } from '../scripts/script.js';
import { encrypt } from './encrypted.js';
import { declaredTools } from './to-chat-body.js';

export interface WireContext {
  body: JsonObject;
  script: Script;
  /** id, created_at and model; the same in every event. */
  head: JsonObject;
  nextId: (prefix: string) => string;
  /** Alternatives for each token; undefined without log probabilities. */
  logprobs: number | undefined;
}

/** One output item, and the events that bring its content. */
interface Output {
  item: JsonObject;
  /** As it is when it is announced. */
  begun: JsonObject;
  events: JsonObject[];
}

/** The answer as the events of a stream. */
export function* toResponseEvents(answer: ChatAnswer, context: WireContext): Generator<Chunk> {
  let number = 0;
  const chunk = (event: JsonObject): Chunk => ({
    body: { ...event, sequence_number: number++ },
    token: String(event.type).endsWith('.delta'),
    event: String(event.type),
  });
  const begun = toResponse(context, 'in_progress', []);
  yield chunk({ type: 'response.created', response: begun });
  yield chunk({ type: 'response.in_progress', response: begun });
  const outputs = toOutputs(answer, context);
  for (const [output_index, { item, begun: first, events }] of outputs.entries()) {
    yield chunk({ type: 'response.output_item.added', output_index, item: first });
    for (const event of events) yield chunk({ ...event, item_id: item.id, output_index });
    yield chunk({ type: 'response.output_item.done', output_index, item });
  }
  if (context.script.noFinish) return;
  const response = toFinalResponse(answer, context, outputs);
  yield chunk({ type: `response.${String(response.status)}`, response });
}

/** The answer as one object. */
export function toResponseJson(answer: ChatAnswer, context: WireContext): JsonObject {
  return toFinalResponse(answer, context, toOutputs(answer, context));
}

/** The events with which a stream fails. */
export function failureEvents(message: string, head: JsonObject): Chunk[] {
  const error = { code: 'server_error', message };
  return [
    { type: 'error', ...error, param: null },
    { type: 'response.failed', response: { ...head, object: 'response', status: 'failed', error, output: [] } },
  ].map((event) => ({ body: event, token: false, event: event.type }));
}

function toFinalResponse(answer: ChatAnswer, context: WireContext, outputs: Output[]): JsonObject {
  const reason = answer.finish === 'length' ? 'max_output_tokens' : answer.finish;
  const isIncomplete = reason === 'max_output_tokens' || reason === 'content_filter';
  const response = toResponse(
    context,
    isIncomplete ? 'incomplete' : 'completed',
    outputs.map(({ item }) => item),
  );
  const { promptTokens, completionTokens, reasoningTokens } = answer.usage;
  return {
    ...response,
    incomplete_details: isIncomplete ? { reason } : null,
    usage: context.script.noUsage
      ? null
      : {
          input_tokens: promptTokens,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: completionTokens,
          output_tokens_details: { reasoning_tokens: reasoningTokens },
          total_tokens: promptTokens + completionTokens,
        },
  };
}

function toResponse({ body, head }: WireContext, status: string, output: JsonObject[]): JsonObject {
  const { instructions = null, tools = [], tool_choice = 'auto', parallel_tool_calls = true, metadata = {} } = body;
  return {
    ...head,
    object: 'response',
    status,
    error: null,
    incomplete_details: null,
    instructions,
    max_output_tokens: body.max_output_tokens ?? null,
    output,
    parallel_tool_calls,
    previous_response_id: null,
    reasoning: { effort: null, summary: null, ...(isRecord(body.reasoning) && body.reasoning) },
    store: body.store ?? true,
    temperature: body.temperature ?? 1,
    text: { format: { type: 'text' }, ...(isRecord(body.text) && body.text) },
    tool_choice,
    tools,
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    usage: null,
    metadata,
  };
}

function toOutputs(answer: ChatAnswer, context: WireContext): Output[] {
  return [
    ...(answer.reasoning.length > 0 ? [toReasoning(answer.reasoning, context)] : []),
    ...(answer.text.length > 0 ? [toMessage(answer.text, context)] : []),
    ...answer.calls.map((call) => toCall(call, context)),
  ];
}

/** Reasoning is shown as a summary where one is wanted, and returned encrypted where that is. */
function toReasoning(tokens: string[], { body, nextId }: WireContext): Output {
  const { reasoning, include } = body;
  const wantsSummary = isRecord(reasoning) && typeof reasoning.summary === 'string';
  const text = tokens.join('');
  const part = { type: 'summary_text', text };
  const isEncrypted = Array.isArray(include) && include.includes('reasoning.encrypted_content');
  const id = nextId('rs_');
  const item = {
    id,
    type: 'reasoning',
    summary: wantsSummary ? [part] : [],
    ...(isEncrypted && { encrypted_content: encrypt(text) }),
  };
  const events: JsonObject[] = [
    { type: 'response.reasoning_summary_part.added', summary_index: 0, part: { ...part, text: '' } },
    ...tokens.map((delta) => ({ type: 'response.reasoning_summary_text.delta', summary_index: 0, delta })),
    { type: 'response.reasoning_summary_text.done', summary_index: 0, text },
    { type: 'response.reasoning_summary_part.done', summary_index: 0, part },
  ];
  return { item, begun: { ...item, summary: [] }, events: wantsSummary ? events : [] };
}

function toMessage(tokens: string[], { nextId, logprobs }: WireContext): Output {
  const text = tokens.join('');
  const probabilities = (of: string[]) =>
    logprobs === undefined ? [] : (toChatLogprobs(of, logprobs).content as JsonObject[]);
  const part = { type: 'output_text', text, annotations: [], logprobs: probabilities(tokens) };
  const item = { id: nextId('msg_'), type: 'message', status: 'completed', role: 'assistant', content: [part] };
  return {
    item,
    begun: { ...item, status: 'in_progress', content: [] },
    events: [
      { type: 'response.content_part.added', content_index: 0, part: { ...part, text: '', logprobs: [] } },
      ...tokens.map((delta) => ({
        type: 'response.output_text.delta',
        content_index: 0,
        delta,
        logprobs: probabilities([delta]),
      })),
      { type: 'response.output_text.done', content_index: 0, text, logprobs: part.logprobs },
      { type: 'response.content_part.done', content_index: 0, part },
    ],
  };
}

function toCall(call: AnswerCall, { body, nextId }: WireContext): Output {
  const text = call.arguments.join('');
  const { tool, namespace } = declaredTools(body).find((each) => each.tool.name === call.name) ?? {};
  const isCustom = tool?.type === 'custom';
  const [field, event] = isCustom ? ['input', 'custom_tool_call_input'] : ['arguments', 'function_call_arguments'];
  const item = {
    id: nextId(isCustom ? 'ctc_' : 'fc_'),
    type: isCustom ? 'custom_tool_call' : 'function_call',
    status: 'completed',
    call_id: call.id,
    name: call.name,
    ...(namespace !== undefined && { namespace }),
    [field]: text,
  };
  return {
    item,
    begun: { ...item, status: 'in_progress', [field]: '' },
    events: [
      ...call.arguments.map((delta) => ({ type: `response.${event}.delta`, delta })),
      { type: `response.${event}.done`, [field]: text },
    ],
  };
}
