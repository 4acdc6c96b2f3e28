export { encodeLine } from './ndjson-encoder.js';
export type { EventRun, EventTemplate } from './event-template.js';
export { ResponseDecoder } from './response-decoder.js';
export type { SseEvent, SseItem } from './sse-decoder.js';
