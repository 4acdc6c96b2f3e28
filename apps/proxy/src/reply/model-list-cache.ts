import type { ModelEntry } from '#models';
import { BoundedMap } from '#primitives';
import type { ModelAccess } from '../auth/model-access.js';

/** Cached texts per list; the text of a list of 400 models has about 150 KB. */
const MAX_CACHED_TEXTS = 50;

/**
 * The JSON of model lists, serialized once per list and set of models that a client may see. The catalogue returns a new
 * array when anything in it changes, and reloading the key file creates new ModelAccess objects, so entries cannot go stale.
 */
export class ModelListCache {
  private readonly texts = new WeakMap<readonly ModelEntry[], BoundedMap<ModelAccess, Uint8Array>>();

  constructor(private readonly toResponse: (entries: readonly ModelEntry[]) => object) {}

  json(list: readonly ModelEntry[], access: ModelAccess): Uint8Array {
    const texts = this.texts.get(list) ?? new BoundedMap<ModelAccess, Uint8Array>(MAX_CACHED_TEXTS);
    this.texts.set(list, texts);
    let json = texts.get(access);
    if (!json) {
      const allowed = list.filter((entry) => access.allowsEntry(entry));
      json = Buffer.from(JSON.stringify(this.toResponse(allowed)));
      texts.set(access, json);
    }
    return json;
  }
}
