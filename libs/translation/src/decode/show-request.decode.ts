import type { OllamaShowRequest } from '#contracts';
import { readBody, readBoolean, readObject, readString } from './go-fields.js';

const showFields = {
  model: readString,
  name: readString,
  verbose: readBoolean,
  system: readString,
  template: readString,
  options: readObject(),
};

/** `name` is the older word for `model`; the CLI sends both, one of them empty (contract §4.1). */
export function decodeShowRequest(body: unknown): OllamaShowRequest {
  const given = readBody(body, 'ShowRequest', showFields);
  return { model: given.model || given.name || '', verbose: given.verbose ?? false, system: given.system ?? '' };
}
