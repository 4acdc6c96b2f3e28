export { AnswerDecoder } from './answer-decoder.js';
export { encodeLine } from './ndjson-encoder.js';
export type { SseEvent } from './sse-decoder.js';
