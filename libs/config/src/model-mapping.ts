import { readFileSync } from 'node:fs';
import { ConfigurationError } from './environment.js';

/** Names that clients use → ids of the backend, and what a name that is nowhere becomes. */
export interface ModelMapping {
  readonly aliases: ReadonlyMap<string, string>;
  readonly defaultModel?: string;
}

export const NO_MAPPING: ModelMapping = { aliases: new Map() };

/**
 * Reads `{"alias": "model"}` or `{"model_mappings": {…}, "default_model": "…"}`.
 * @throws ConfigurationError naming each mistake by its path
 */
export function readModelMapping(path: string | undefined): ModelMapping {
  if (path === undefined) return NO_MAPPING;
  const content = parse(path);
  const wrapped = 'model_mappings' in content || 'default_model' in content;
  const entries = wrapped ? (content.model_mappings ?? {}) : content;
  if (!isRecord(entries)) throw new ConfigurationError(['MODEL_MAPPING_FILE: model_mappings must be an object']);
  const mistakes = Object.entries(entries)
    .filter(([, model]) => typeof model !== 'string' || model === '')
    .map(([alias]) => `MODEL_MAPPING_FILE: ${wrapped ? 'model_mappings.' : ''}${alias} must be the name of a model`);
  const fallback = wrapped ? content.default_model : undefined;
  if (fallback !== undefined && fallback !== null && (typeof fallback !== 'string' || fallback === '')) {
    mistakes.push('MODEL_MAPPING_FILE: default_model must be the name of a model');
  }
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return {
    aliases: new Map(Object.entries(entries).map(([alias, model]) => [alias, String(model)])),
    ...(typeof fallback === 'string' && { defaultModel: fallback }),
  };
}

function parse(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ConfigurationError([`MODEL_MAPPING_FILE ${reason}`]);
  }
  if (!isRecord(content)) throw new ConfigurationError(['MODEL_MAPPING_FILE must hold a JSON object']);
  return content;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
