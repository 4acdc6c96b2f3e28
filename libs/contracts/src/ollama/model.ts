export type Capability = 'completion' | 'tools' | 'insert' | 'vision' | 'embedding' | 'thinking' | 'image' | 'audio';

export interface OllamaModelDetails {
  parent_model: string;
  format: string;
  family: string;
  families: string[];
  parameter_size: string;
  quantization_level: string;
  /** Tags only. */
  context_length?: number;
  /** Tags only. */
  embedding_length?: number;
}

/** One entry of GET /api/tags (contract §1.5). */
export interface OllamaListedModel {
  name: string;
  model: string;
  modified_at: string;
  size: number;
  digest: string;
  details: OllamaModelDetails;
  capabilities: Capability[];
}

/** One entry of GET /api/ps (contract §1.6). */
export interface OllamaRunningModel {
  name: string;
  model: string;
  size: number;
  digest: string;
  details: OllamaModelDetails;
  expires_at: string;
  size_vram: number;
  context_length: number;
}

/** POST /api/show (contract §1.7). */
export interface OllamaShowRequest {
  model: string;
  verbose: boolean;
  system: string;
}

export interface OllamaShowResponse {
  license: string;
  modelfile: string;
  parameters: string;
  template: string;
  system?: string;
  details: OllamaModelDetails;
  model_info: Record<string, unknown>;
  capabilities: Capability[];
  modified_at: string;
}
