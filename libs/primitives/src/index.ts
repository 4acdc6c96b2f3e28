export { BoundedMap } from './bounded-map.js';
export { toCount, toDurationMs } from './count.js';
export { isRecord, parseJson } from './json.js';
