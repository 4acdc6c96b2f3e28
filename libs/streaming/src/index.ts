export { AnswerDecoder, MAX_ANSWER_BYTES } from './answer-decoder.js';
export { encodeLine } from './ndjson-encoder.js';
export { MAX_EVENT_BYTES, SseDecoder } from './sse-decoder.js';
export type { SseEvent } from './sse-decoder.js';
