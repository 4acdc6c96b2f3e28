import type { JsonObject } from '../json.js';
import type { ChatAnswer } from './chat-answer.js';
import type { ChunkContext } from './chat-chunks.js';
import { detailsOf, extrasOf, thinkingPart } from './chat-deltas.js';
import { toChatLogprobs } from './logprobs.js';
import { toTimings } from './timings.js';
import { toUsageBody } from './usage.js';

/** The answer as one JSON object. */
export function toChatJson(answer: ChatAnswer, context: ChunkContext): JsonObject {
  const { dialect, script, request, head } = context;
  const logprobs = request.logprobs === undefined ? null : toChatLogprobs(answer.text, request.logprobs);
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: toMessage(answer, context), logprobs, finish_reason: answer.finish }],
    ...(!script.noUsage && { usage: toUsageBody(answer.usage, script) }),
    ...(dialect.timings && { timings: toTimings(answer.usage) }),
  };
}

function toMessage(answer: ChatAnswer, { dialect }: ChunkContext): JsonObject {
  const text = answer.text.join('');
  const reasoning = answer.reasoning.join('');
  const calls = answer.calls.map((call, index) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments.join('') },
    ...extrasOf(call, index, dialect),
  }));
  const details = detailsOf(answer, dialect);
  const content = text === '' && calls.length > 0 ? null : text;
  const message = {
    role: 'assistant',
    content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(details && { reasoning_details: details }),
  };
  if (reasoning === '') return message;
  switch (dialect.reasoning) {
    case 'hidden':
      return message;
    case 'think-tags':
      return { ...message, content: `<think>\n${reasoning}\n</think>\n\n${text}` };
    case 'content-parts':
      return { ...message, content: [thinkingPart(reasoning), ...(text === '' ? [] : [{ type: 'text', text }])] };
    case 'reasoning':
    case 'reasoning_content':
      return { ...message, [dialect.reasoning]: reasoning };
  }
}
