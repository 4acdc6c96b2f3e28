export { estimateInputTokens } from './count-tokens.js';
export { MessageEncoder } from './message-encoder.js';
export { readMessagesRequest } from './messages-request.js';
export { toChatRequest } from './to-chat-request.js';
