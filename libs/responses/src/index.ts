export { estimateInputTokens } from './count-tokens.js';
export { CompactionEncoder } from './compaction-encoder.js';
export { ResponseEncoder } from './response-encoder.js';
export type { ResponseFailure } from './response-encoder.js';
export { readResponsesRequest } from './responses-request.js';
export type { Item, ResponsesRequest } from './responses-request.js';
export {
  historyOf,
  referencedResponses,
  responseIdOf,
  toItemList,
  toListedItems,
  upstreamIdsIn,
  withoutItemIds,
  withoutReferences,
} from './stored-items.js';
export type { ItemPage } from './stored-items.js';
export { isCompaction, toChatRequest, toCompactionRequest } from './to-chat-request.js';
