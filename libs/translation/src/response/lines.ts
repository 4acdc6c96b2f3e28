import type { DoneReason, OllamaChatResponse, OllamaGenerateResponse, OllamaMetrics, OllamaToolCall } from '#contracts';
import type { Segment } from './completion-assembler.js';

/** The content of one line, before it has the shape of its endpoint. */
export interface LineParts {
  content?: string;
  thinking?: string;
  toolCalls?: OllamaToolCall[];
  logprobs?: Segment['logprobs'];
  done?: { reason: DoneReason; metrics?: OllamaMetrics; context?: number[] };
}

/** Writes a line of one endpoint. Empty parts are omitted, never null (protocol C14). */
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
  // One client drops every line without a context (protocol C15); all others accept an empty one.
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
