export { BoundedMap } from './bounded-map.js';
export { isRecord, parseJson } from './json.js';
export { textOfBase64 } from './base64-text.js';
export { toCount, toDurationMs } from './count.js';
