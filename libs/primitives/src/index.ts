export { BoundedMap } from './bounded-map.js';
export { isRecord, parseJson } from './json.js';
