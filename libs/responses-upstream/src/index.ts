export { ResponsesToChat } from './responses-to-chat.js';
export { isChatOnly, toResponsesRequest } from './to-responses-request.js';
