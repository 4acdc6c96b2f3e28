import { Refusal } from './http/refusal.js';

/** Refuses a request without the right key, when a key is set. */
export function checkKey(header: string | undefined, apiKey: string | undefined): void {
  if (apiKey === undefined || header === `Bearer ${apiKey}`) return;
  const key = header?.match(/^Bearer\s+(.*)$/)?.[1] ?? '';
  if (key === '') throw new Refusal(401, "You didn't provide an API key.", { code: 'invalid_api_key' });
  throw new Refusal(401, `Incorrect API key provided: ${mask(key)}.`, { code: 'invalid_api_key' });
}

/** OpenAI repeats the ends of a key in its error. */
function mask(key: string): string {
  return key.length < 8 ? '****' : `${key.slice(0, 4)}****${key.slice(-4)}`;
}
