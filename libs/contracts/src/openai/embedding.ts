export interface OpenAiEmbeddingRequest {
  model: string;
  input: string[];
  dimensions?: number;
}

/** Read leniently: `embedding` is an array of numbers or base64 of little-endian float32 (protocol D46). */
export interface OpenAiEmbeddingResponse {
  data?: ({ index?: number | null; embedding?: unknown } | null)[] | null;
  usage?: { prompt_tokens?: number | null; total_tokens?: number | null } | null;
  error?: unknown;
}
