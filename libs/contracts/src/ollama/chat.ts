/** Everything in `options`; the keys are Ollama's (contract §2.8). Already checked for type when it comes from a decoder. */
export type OllamaOptions = Readonly<Record<string, unknown>>;

type ThinkLevel = 'low' | 'medium' | 'high' | 'max';

/** `think` as the client sent it; absent means the model's own default (contract §2.4). */
export type Think = boolean | ThinkLevel;

/** `"json"` or a JSON Schema (contract §2.3). */
export type OllamaFormat = 'json' | Readonly<Record<string, unknown>>;

/** Seconds, or `Infinity` for "for ever"; 0 unloads (contract §2.9). */
export type KeepAlive = number;

export interface OllamaToolCall {
  id?: string;
  function: { index?: number; name: string; arguments: Record<string, unknown> };
}

export interface OllamaTool {
  type?: string;
  function?: { name: string; description?: string; parameters?: unknown };
}

export interface OllamaMessage {
  role: string;
  content: string;
  thinking?: string;
  /** Standard base64, no data URL (contract §2.6). */
  images?: string[];
  tool_calls?: OllamaToolCall[];
  tool_name?: string;
  tool_call_id?: string;
}

/** What both text endpoints share. */
export interface OllamaTextRequest {
  model: string;
  stream: boolean;
  format?: OllamaFormat;
  keep_alive?: KeepAlive;
  options: OllamaOptions;
  think?: Think;
  logprobs: boolean;
  top_logprobs: number;
}

/** POST /api/chat, decoded (contract §1.1). */
export interface OllamaChatRequest extends OllamaTextRequest {
  messages: OllamaMessage[];
  tools: OllamaTool[];
}

export interface OllamaLogprob {
  token: string;
  logprob: number;
  /** UTF-8 bytes of the token; absent for an empty one. */
  bytes?: number[];
  top_logprobs?: OllamaLogprob[];
}

/** On the last object of an answer only. Durations in nanoseconds; each is left out when 0 (contract §1.1). */
export interface OllamaMetrics {
  total_duration?: number;
  load_duration?: number;
  prompt_eval_count?: number;
  prompt_eval_duration?: number;
  eval_count?: number;
  eval_duration?: number;
}

export type DoneReason = 'stop' | 'length' | 'load' | 'unload';

/** One line of a chat stream, or the whole answer. */
export interface OllamaChatResponse extends OllamaMetrics {
  model: string;
  created_at: string;
  message: { role: 'assistant'; content: string; thinking?: string; tool_calls?: OllamaToolCall[] };
  done: boolean;
  done_reason?: DoneReason;
  logprobs?: OllamaLogprob[];
}
