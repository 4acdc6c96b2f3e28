import type { OpenAiModel } from '#contracts';
import { isRecord } from '#primitives';

type Raw = Readonly<Record<string, unknown>>;

/** The entries of a model list in any of its forms (protocol D41), without duplicates and entries without an id. */
export function readModelList(list: unknown): OpenAiModel[] {
  const models = new Map<string, OpenAiModel>();
  for (const each of entriesOf(list)) {
    const entry: Raw | undefined = typeof each === 'string' ? { id: each } : isRecord(each) ? each : undefined;
    const id = entry?.id ?? entry?.name;
    if (entry && typeof id === 'string' && id !== '' && !models.has(id)) models.set(id, { ...entry, id });
  }
  return [...models.values()];
}

/** The query string of the next page, if there is one (protocol D41). */
export function nextPageOf(list: unknown): string | undefined {
  const link = at(list, 'links', 'next');
  if (typeof link === 'string') return /\?.*/.exec(link)?.[0];
  const last = at(list, 'last_id');
  return at(list, 'has_more') === true && typeof last === 'string' ? `?after=${encodeURIComponent(last)}` : undefined;
}

function entriesOf(list: unknown): readonly unknown[] {
  if (Array.isArray(list)) return list;
  if (!isRecord(list)) return [];
  const candidates = [list.data, list.models, list.body];
  return candidates.find((each): each is unknown[] => Array.isArray(each)) ?? [];
}

/** The value at a path of keys, or undefined. */
export function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}
