import type { SealedReasoning } from '../answer-part.js';

/**
 * The OpenAI chat format. Requests are written strictly. Responses are read leniently, since any of their fields may be
 * missing, null or of another type (protocol D7).
 */
export type OpenAiContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string } }
  | { type: 'input_audio'; input_audio: { data: string; format: string } }
  | { type: 'file'; file: { filename: string; file_data: string } };

export interface OpenAiToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  /** Parts of a call that belong to its upstream, such as a signature. */
  extra_content?: unknown;
}

export interface OpenAiMessage {
  role: string;
  content: string | OpenAiContentPart[] | null;
  tool_calls?: OpenAiToolCall[];
  tool_call_id?: string;
  /** Thinking of an earlier turn; sent only to upstreams that demand it back. */
  reasoning_content?: string;
  /** The same under another name, in requests of clients. */
  reasoning?: string;
  /** Reasoning of an earlier turn as its upstream gave it. */
  reasoning_details?: unknown[];
  /** Reasoning items of an earlier turn that the Responses API gave; never part of a chat request. */
  responses_items?: unknown[];
  /** Encrypted reasoning that the client returned; becomes `responses_items` for its origin, and is never sent itself. */
  sealed_reasoning?: (SealedReasoning & { readonly summary: string })[];
}

export interface OpenAiTool {
  type: 'function';
  function: { name: string; description?: string; parameters: Record<string, unknown> };
}

export type OpenAiResponseFormat =
  | { type: 'json_object' }
  | { type: 'json_schema'; json_schema: { name: string; schema: Record<string, unknown>; strict?: boolean } };

/** Fields of text requests besides the prompt. Only those that the client set are present (protocol D24). */
export interface OpenAiTextParameters {
  model: string;
  stream?: boolean;
  stream_options?: { include_usage: boolean };
  max_tokens?: number;
  temperature?: number;
  top_p?: number;
  seed?: number;
  stop?: string[];
  presence_penalty?: number;
  frequency_penalty?: number;
  top_k?: number;
  min_p?: number;
  typical_p?: number;
  repeat_penalty?: number;
  repetition_penalty?: number;
  repeat_last_n?: number;
}

export interface OpenAiChatRequest extends OpenAiTextParameters {
  messages: OpenAiMessage[];
  tools?: OpenAiTool[];
  tool_choice?: unknown;
  parallel_tool_calls?: boolean;
  response_format?: OpenAiResponseFormat;
  logprobs?: boolean;
  top_logprobs?: number;
  reasoning_effort?: string;
  reasoning?: Record<string, unknown>;
  chat_template_kwargs?: Record<string, unknown>;
}

type Maybe<T> = T | null | undefined;

export interface OpenAiToolCallDelta {
  index?: Maybe<number>;
  id?: Maybe<string>;
  type?: Maybe<string>;
  function?: Maybe<{ name?: Maybe<string>; arguments?: unknown }>;
  extra_content?: unknown;
}

/** `delta` of an event, or `message` of a response without a stream. */
export interface OpenAiDelta {
  content?: unknown;
  reasoning_content?: unknown;
  reasoning?: unknown;
  reasoning_details?: unknown;
  /** Reasoning items of the Responses API, for deltas that are made from its events. */
  responses_items?: unknown;
  refusal?: unknown;
  tool_calls?: Maybe<OpenAiToolCallDelta[]>;
}

export interface OpenAiLogprob {
  token?: Maybe<string>;
  logprob?: Maybe<number>;
  bytes?: Maybe<number[]>;
  top_logprobs?: Maybe<OpenAiLogprob[]>;
}

export interface OpenAiUsage {
  prompt_tokens?: Maybe<number>;
  completion_tokens?: Maybe<number>;
  total_tokens?: Maybe<number>;
  prompt_tokens_details?: Maybe<{ cached_tokens?: Maybe<number> }>;
  completion_tokens_details?: Maybe<{ reasoning_tokens?: Maybe<number> }>;
  /** Seconds. */
  prompt_time?: Maybe<number>;
  /** Seconds. */
  completion_time?: Maybe<number>;
}

export interface OpenAiChoice {
  index?: Maybe<number>;
  delta?: Maybe<OpenAiDelta>;
  message?: Maybe<OpenAiDelta>;
  /** Of /v1/completions. */
  text?: unknown;
  finish_reason?: Maybe<string>;
  /** The stop sequence, or the number of the token, that ended the text. */
  stop_reason?: unknown;
  logprobs?: Maybe<{ content?: Maybe<OpenAiLogprob[]>; tokens?: Maybe<string[]>; token_logprobs?: Maybe<number[]> }>;
  error?: unknown;
  usage?: Maybe<OpenAiUsage>;
}

/** The fields that are read of one event of a stream, or of a response without a stream. */
export interface OpenAiAnswer {
  object?: unknown;
  model?: unknown;
  choices?: Maybe<OpenAiChoice[]>;
  usage?: Maybe<OpenAiUsage>;
  x_groq?: Maybe<{ usage?: Maybe<OpenAiUsage> }>;
  error?: unknown;
  detail?: unknown;
  message?: unknown;
  /** Milliseconds. */
  timings?: Maybe<{
    cache_n?: Maybe<number>;
    prompt_n?: Maybe<number>;
    predicted_n?: Maybe<number>;
    prompt_ms?: Maybe<number>;
    predicted_ms?: Maybe<number>;
  }>;
  /** Seconds. */
  time_info?: Maybe<{ prompt_time?: Maybe<number>; completion_time?: Maybe<number> }>;
}
