/** A model the simulator pretends to run. */
export interface SimulatedModel {
  id: string;
  kind: 'chat' | 'embedding' | 'decision';
  contextLength: number;
  tools?: boolean;
  reasoning?: boolean;
  vision?: boolean;
  /** How far chat completions serve the model; fully if left out. */
  chat?: 'refused' | 'without-tools';
  /** Length of an embedding. */
  dimensions?: number;
}

/** Models that need the Responses API: always, or with tools. */
export const RESPONSES_MODELS: readonly SimulatedModel[] = [
  { id: 'sim-codex', kind: 'chat', contextLength: 65_536, tools: true, reasoning: true, vision: true, chat: 'refused' },
  { id: 'sim-pro', kind: 'chat', contextLength: 65_536, tools: true, reasoning: true, chat: 'refused' },
  { id: 'sim-tools', kind: 'chat', contextLength: 65_536, tools: true, reasoning: true, chat: 'without-tools' },
];

/** Models for `/systemone` and `/decisions`. */
export const DECISION_MODELS: readonly SimulatedModel[] = [
  { id: 'sim-decide', kind: 'decision', contextLength: 8_192, vision: true },
];

export const DEFAULT_MODELS: readonly SimulatedModel[] = [
  { id: 'sim-chat', kind: 'chat', contextLength: 32_768, tools: true },
  { id: 'sim-reason', kind: 'chat', contextLength: 65_536, tools: true, reasoning: true },
  { id: 'sim-vision', kind: 'chat', contextLength: 16_384, tools: true, vision: true },
  { id: 'sim-plain', kind: 'chat', contextLength: 8_192 },
  { id: 'sim-embed', kind: 'embedding', contextLength: 2_048, dimensions: 64 },
  { id: 'vendor/sim-large:free', kind: 'chat', contextLength: 131_072, tools: true },
];
