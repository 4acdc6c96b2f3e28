import type { ApiName } from '#config';
import { at } from './raw-list.js';

/** Fields of a list with the endpoints of a model, as paths or as words (protocol D81). */
const FIELDS: readonly (readonly string[])[] = [
  ['supported_endpoints'],
  ['model_info', 'supported_endpoints'],
  ['supported_apis'],
  ['endpoints'],
];

const ENDPOINTS: readonly (readonly [RegExp, ApiName])[] = [
  [/^(\/?(v1\/)?chat\/completions|chat|chat[_.-]completions?)$/i, 'chat'],
  [/^(\/?(v1\/)?responses)$/i, 'responses'],
  [/^(\/?(v1\/)?messages)$/i, 'messages'],
];

/** The APIs for text that an entry names; undefined if it names none. */
export function readApis(raw: Readonly<Record<string, unknown>>): ApiName[] | undefined {
  for (const path of FIELDS) {
    const listed = at(raw, ...path);
    if (!Array.isArray(listed)) continue;
    const apis = ENDPOINTS.filter(([pattern]) => listed.some((each) => pattern.test(String(each).trim())));
    if (apis.length > 0) return apis.map(([, api]) => api);
  }
  return at(raw, 'model_info', 'mode') === 'responses' ? ['responses'] : undefined;
}
