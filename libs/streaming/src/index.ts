export { AnswerDecoder } from './answer-decoder.js';
export { joinBytes } from './join-bytes.js';
export { encodeLine } from './ndjson-encoder.js';
export type { Pattern, SseEvent, SseItem, SseRun } from './sse-decoder.js';
