export { AnswerDecoder } from './answer-decoder.js';
export { encodeLine } from './ndjson-encoder.js';
export type { Pattern, SseEvent, SseItem, SseRun } from './sse-decoder.js';
