import type { ModelEntry } from '#models';
import { BoundedMap } from '#primitives';
import type { ModelAccess } from '../auth/model-access.js';

/** Callers with models of their own whose texts are kept: a text of 400 models has some 150 KB. */
const MOST_KEPT = 50;

/**
 * The JSON of model lists, made once for a list and for each part of it that a caller may see. The catalogue gives a new
 * list when anything in it changes, and a key that is read anew has a new access, so nothing here grows old.
 */
export class ModelListCache {
  private readonly kept = new WeakMap<readonly ModelEntry[], Map<ModelAccess, Uint8Array>>();

  constructor(private readonly toAnswer: (entries: readonly ModelEntry[]) => object) {}

  json(list: readonly ModelEntry[], access: ModelAccess): Uint8Array {
    const texts = this.kept.get(list) ?? new BoundedMap<ModelAccess, Uint8Array>(MOST_KEPT);
    this.kept.set(list, texts);
    let json = texts.get(access);
    if (!json) {
      const allowed = list.filter(({ name }) => access.allows(name));
      json = Buffer.from(JSON.stringify(this.toAnswer(allowed)));
      texts.set(access, json);
    }
    return json;
  }
}
