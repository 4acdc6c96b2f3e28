export { BoundedMap } from './bounded-map.js';
export { isRecord, parseJson } from './json.js';
export { textOfBase64 } from './base64-text.js';
export { toCount, toDurationMs } from './count.js';
export { PromptCounter } from './prompt-counter.js';
export type { Steps } from './steps.js';
export { runAtOnce } from './steps.js';
export { tokensOfLength } from './tokens.js';
