import type { DoneReason, OllamaChatResponse, OllamaGenerateResponse, OllamaMetrics, OllamaToolCall } from '#contracts';
import type { Segment } from './upstream-answer.js';

/** What one line says, before it has the shape of its endpoint. */
export interface LineParts {
  content?: string;
  thinking?: string;
  toolCalls?: OllamaToolCall[];
  logprobs?: Segment['logprobs'];
  done?: { reason: DoneReason; metrics?: OllamaMetrics; context?: number[] };
}

/** One endpoint's way to write a line. Empty parts are left out, never null (clients §3). */
export type LineWriter<Line> = (model: string, createdAt: string, parts: LineParts) => Line;

export const writeChatLine: LineWriter<OllamaChatResponse> = (model, createdAt, parts) => ({
  model,
  created_at: createdAt,
  message: {
    role: 'assistant',
    content: parts.content ?? '',
    ...(parts.thinking && { thinking: parts.thinking }),
    ...(parts.toolCalls?.length && { tool_calls: parts.toolCalls }),
  },
  ...doneParts(parts),
});

export const writeGenerateLine: LineWriter<OllamaGenerateResponse> = (model, createdAt, parts) => ({
  model,
  created_at: createdAt,
  response: parts.content ?? '',
  ...(parts.thinking && { thinking: parts.thinking }),
  ...doneParts(parts),
  // One client drops every line without it (clients §1.13); nobody minds an empty one.
  ...(!parts.done && { context: [] }),
});

function doneParts({
  done,
  logprobs,
}: LineParts): Pick<OllamaGenerateResponse, 'done' | 'done_reason' | 'logprobs' | 'context'> & OllamaMetrics {
  return {
    done: done !== undefined,
    ...(done && { done_reason: done.reason }),
    ...(done?.context && { context: done.context }),
    ...(logprobs?.length && { logprobs }),
    ...done?.metrics,
  };
}
