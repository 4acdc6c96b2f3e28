export { ResponseEncoder } from './response-encoder.js';
export type { ResponseFailure } from './response-encoder.js';
export { readResponsesRequest } from './responses-request.js';
export { toChatRequest } from './to-chat-request.js';
