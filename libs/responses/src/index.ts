export { ResponseEncoder } from './response-encoder.js';
export type { EncoderOptions, ResponseEnd, ResponseFailure, TextSegment } from './response-encoder.js';
export { readResponsesRequest } from './responses-request.js';
export type { ResponsesRequest } from './responses-request.js';
export { toChatRequest } from './to-chat-request.js';
export type { ChatTranslation, ReplyContext } from './to-chat-request.js';
