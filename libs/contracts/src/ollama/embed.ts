import type { KeepAlive, OllamaOptions } from './chat.js';

/** POST /api/embed, decoded (contract §1.3). */
export interface OllamaEmbedRequest {
  model: string;
  input: string[];
  truncate: boolean;
  dimensions?: number;
  keep_alive?: KeepAlive;
  options: OllamaOptions;
}

export interface OllamaEmbedResponse {
  model: string;
  /** Unit vectors, one for each input. */
  embeddings: number[][];
  total_duration?: number;
  load_duration?: number;
  prompt_eval_count?: number;
}

/** POST /api/embeddings, decoded (contract §1.4). */
export interface OllamaEmbeddingsRequest {
  model: string;
  prompt: string;
  keep_alive?: KeepAlive;
  options: OllamaOptions;
}

export interface OllamaEmbeddingsResponse {
  embedding: number[];
}
