import type { OpenAiMessage } from '#contracts';
import { isRecord } from '#primitives';

type Body = Readonly<Record<string, unknown>>;

/** Fields that a text completion does not have. */
const CHAT_FIELDS = new Set([
  'messages',
  'max_completion_tokens',
  'logprobs',
  'top_logprobs',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'chat_template_kwargs',
]);

/** Whether a text completion can express the request: it has neither tools nor media. */
export function isExpressibleAsCompletion({ messages, tools }: Body): boolean {
  if (tools !== undefined || !Array.isArray(messages)) return false;
  return (messages as unknown[]).every((message) => {
    if (!isRecord(message) || message.tool_calls !== undefined || message.role === 'tool') return false;
    const { content } = message;
    return !Array.isArray(content) || content.every((part) => isRecord(part) && part.type === 'text');
  });
}

/**
 * A chat request as a text completion, for a model without chat template. The prompt is the texts of all messages, with a
 * blank line between them: Ollama's default template for such a model adds nothing either.
 */
export function toCompletionRequest(body: Body): Record<string, unknown> {
  const messages = body.messages as readonly OpenAiMessage[];
  const { max_completion_tokens: maxTokens, logprobs, top_logprobs: topLogprobs } = body;
  const rest = Object.fromEntries(Object.entries(body).filter(([field]) => !CHAT_FIELDS.has(field)));
  return {
    ...rest,
    prompt: messages.map(textOf).filter(Boolean).join('\n\n'),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(logprobs === true && { logprobs: topLogprobs ?? 1 }),
  };
}

function textOf({ content }: OpenAiMessage): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}
