export { encodeLine } from './ndjson-encoder.js';
export type { EventRun, EventTemplate } from './event-template.js';
export { ResponseDecoder } from './response-decoder.js';
export type { EventSink, SseEvent } from './sse-decoder.js';
