import type { Think } from '#contracts';
import { isRecord } from '#primitives';
import { at } from './raw-list.js';

/** What `think` can be for a model: levels, true and false. */
export interface ThinkingLevels {
  readonly values: readonly Think[];
  /** Used for requests without `think`. */
  readonly default?: Think;
}

/** Where lists have the efforts of a model, and its default. */
const VALUE_PATHS: readonly (readonly string[])[] = [
  ['thinking', 'values'],
  ['reasoning', 'supported_efforts'],
  ['supported_reasoning_efforts'],
  ['supported_reasoning_levels'],
  ['reasoning_efforts'],
  ['capabilities', 'supports', 'reasoning_effort'],
];
const DEFAULT_PATHS: readonly (readonly string[])[] = [
  ['thinking', 'default'],
  ['reasoning', 'default_effort'],
  ['default_reasoning_effort'],
  ['default_reasoning_level'],
];

/** The levels in an entry of a model list; undefined where it has none. */
export function thinkingOf(raw: unknown): ThinkingLevels | undefined {
  const list = VALUE_PATHS.map((path) => at(raw, ...path)).find((each) => Array.isArray(each) && each.length > 0);
  if (!Array.isArray(list)) return undefined;
  const values = [...new Set(list.map(toThink).filter((each) => each !== undefined))];
  const usual = DEFAULT_PATHS.map((path) => toThink(at(raw, ...path))).find((each) => each !== undefined);
  return values.length === 0 ? undefined : { values, ...(usual !== undefined && { default: usual }) };
}

/** The effort "none" is `think: false`. Some lists have objects with the effort and a description. */
function toThink(value: unknown): Think | undefined {
  if (isRecord(value)) return toThink(value.effort);
  if (value === 'none') return false;
  return typeof value === 'boolean' || (typeof value === 'string' && value !== '') ? value : undefined;
}
