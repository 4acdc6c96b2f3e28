import { isRecord } from '#primitives';

/** A parsed JSON object that has not been validated. */
export type JsonObject = Record<string, unknown>;

/** The objects among the entries of a list; nothing when the value is not a list. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
