import { isRecord } from '#primitives';
import type { JsonObject } from '../json.js';

/** The schema a local reference points at; an unknown one allows everything. */
export function resolveReference(reference: unknown, root: unknown): unknown {
  if (typeof reference !== 'string' || !reference.startsWith('#')) return {};
  let target: unknown = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    target = isRecord(target) || Array.isArray(target) ? (target as JsonObject)[name] : undefined;
  }
  return target ?? {};
}

/** One schema that means all of them together, as far as its parts do not contradict each other. */
export function mergeAll(schemas: JsonObject[]): JsonObject {
  return schemas.reduce((merged, schema) => ({
    ...merged,
    ...schema,
    ...(('properties' in merged || 'properties' in schema) && {
      properties: { ...asObject(merged.properties), ...asObject(schema.properties) },
    }),
    ...(('required' in merged || 'required' in schema) && {
      required: [...new Set([...asList(merged.required), ...asList(schema.required)])],
    }),
  }));
}

function asObject(value: unknown): JsonObject {
  return isRecord(value) ? value : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
