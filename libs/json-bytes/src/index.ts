export { countValues } from './count-values.js';
export { extractBase64 } from './extract-base64.js';
export type { ExtractedBase64 } from './extracted-base64.js';
export { joinBytes } from './join-bytes.js';
export type { NumberList } from './number-list.js';
export { takeNumberLists } from './take-number-lists.js';
export { findModelField, topLevelKeys, withModel } from './top-level-fields.js';
export { writeAroundValue, writeJson } from './write-json.js';
