import type { OllamaGenerateRequest } from '#contracts';
import { readBody, readBoolean, readInteger, readList, readString } from './go-fields.js';
import { readImages, textFields, withTextDefaults } from './text-fields.js';

const generateFields = {
  ...textFields,
  prompt: readString,
  suffix: readString,
  system: readString,
  template: readString,
  context: readList('[]int', readInteger),
  raw: readBoolean,
  images: readImages,
};

/** @throws BadRequestError in Ollama's words */
export function decodeGenerateRequest(body: unknown): OllamaGenerateRequest {
  const given = readBody(body, 'GenerateRequest', generateFields);
  return {
    ...withTextDefaults(given),
    prompt: given.prompt ?? '',
    suffix: given.suffix ?? '',
    system: given.system ?? '',
    template: given.template ?? '',
    raw: given.raw ?? false,
    images: given.images ?? [],
    ...(given.context?.length && { context: given.context }),
  };
}
