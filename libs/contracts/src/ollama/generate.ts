import type { DoneReason, OllamaLogprob, OllamaMetrics, OllamaTextRequest } from './chat.js';

/** POST /api/generate, decoded (contract §1.2). */
export interface OllamaGenerateRequest extends OllamaTextRequest {
  prompt: string;
  suffix: string;
  system: string;
  template: string;
  /** What an earlier answer gave back; opaque to clients. */
  context?: number[];
  raw: boolean;
  images: string[];
}

/** One line of a generate stream, or the whole answer. */
export interface OllamaGenerateResponse extends OllamaMetrics {
  model: string;
  created_at: string;
  response: string;
  thinking?: string;
  done: boolean;
  done_reason?: DoneReason;
  context?: number[];
  logprobs?: OllamaLogprob[];
}
