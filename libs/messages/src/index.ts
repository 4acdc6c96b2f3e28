export { estimateInputTokens } from './count-tokens.js';
export { MessageEncoder } from './message-encoder.js';
export type { MessagesRequest } from './messages-request.js';
export { readMessagesRequest } from './messages-request.js';
export { UnavailableSearch, wantsSearchOnly } from './unavailable-search.js';
export { toChatRequest } from './to-chat-request.js';
