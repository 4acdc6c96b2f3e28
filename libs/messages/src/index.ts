export { estimateInputTokens } from './count-tokens.js';
export { MessageEncoder } from './message-encoder.js';
export type { EncoderOptions, MessageEnd, MessageUsage, TextSegment } from './message-encoder.js';
export { readMessagesRequest } from './messages-request.js';
export type { MessagesRequest } from './messages-request.js';
export { toChatRequest } from './to-chat-request.js';
export type { ChatTranslation, ReplyContext } from './to-chat-request.js';
