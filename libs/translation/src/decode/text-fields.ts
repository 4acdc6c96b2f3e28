import type { OllamaTextRequest, Think } from '#contracts';
import { BadRequestError } from '#errors';
import { readBase64 } from './base64.js';
import { readKeepAlive } from './go-duration.js';
import type { Decoded, Reader } from './go-fields.js';
import { readAnything, readBoolean, readInteger, readList, readObject, readString } from './go-fields.js';

const LEVELS = ['high', 'medium', 'low', 'max'];
const ALLOWED = `"high", "medium", "low", "max", true, or false`;

const readThink: Reader<Think> = (value) => {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') {
    throw new BadRequestError(`think must be a boolean or string (${ALLOWED})`);
  }
  if (!LEVELS.includes(value)) {
    throw new BadRequestError(`invalid think value: ${JSON.stringify(value)} (must be ${ALLOWED})`);
  }
  return value as Think;
};

export const readImages = readList('[]api.ImageData', (value, path) => readBase64(readString(value, path)));

/** The fields that chat and generate share (contract §1.1). */
export const textFields = {
  model: readString,
  stream: readBoolean,
  format: readAnything,
  keep_alive: readKeepAlive as Reader<number>,
  options: readObject(),
  think: readThink,
  logprobs: readBoolean,
  top_logprobs: readInteger,
};

/** Ollama's defaults for what the client left out. */
export function withTextDefaults(given: Decoded<typeof textFields>): OllamaTextRequest {
  const topLogprobs = given.top_logprobs ?? 0;
  if (topLogprobs < 0 || topLogprobs > 20) throw new BadRequestError('top_logprobs must be between 0 and 20');
  return {
    model: given.model ?? '',
    stream: given.stream ?? true,
    options: given.options ?? {},
    logprobs: given.logprobs ?? false,
    top_logprobs: topLogprobs,
    // Some clients put "format" into the options (clients §5.2, vendor node).
    ...definedFormat(given.format ?? given.options?.format),
    ...(given.keep_alive !== undefined && { keep_alive: given.keep_alive }),
    ...(given.think !== undefined && { think: given.think }),
  };
}

/** "" means none, and so does the "default" that n8n sends (clients §5.2). The rest is judged when it is translated. */
function definedFormat(format: unknown): Pick<OllamaTextRequest, 'format'> {
  if (format === undefined || format === null || format === '' || format === 'default') return {};
  return { format: format as NonNullable<OllamaTextRequest['format']> };
}
