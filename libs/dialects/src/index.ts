export { refusesCompletions } from './api-rules.js';
export type { Adaptation, AgentApi, ProposedAdaptation, Scope, UpstreamProfile } from './adaptation.js';
export { describeAdaptation, findAdaptation, isInScope } from './adaptation.js';
export { responsesAdaptationsFor, toResponsesProfile } from './responses-rules.js';
export { adaptNativeResponses, nativeAdaptationsFor, refusesForms } from './native-responses.js';
export { applyRule, applyRuleOverrides, changesRequests } from './apply-rule.js';
export { fromParts } from './content.js';
export { applyNativeRule } from './native-rule.js';
export { findDialect, dialectOfModel } from './dialect.js';
export { MODEL_ROUTES } from './model-routes.js';
export { extractErrorText, findErrorText, redact, redactInPlace } from './error-text.js';
export { isContextOverflow, isModelNotFound, statusForClient } from './error-status.js';
export { adaptationsFor, preventiveAdaptations, unconfirmedAdaptations } from './adaptation-rules.js';
export {
  isInvalidSchema,
  isOverflow,
  rejectsLoneSurrogates,
  summarizeRejection,
  unreadableImageTypes,
} from './rejection.js';
export { adaptForwarded, isForwardable, shapeRequest } from './shape-request.js';
export { shorterHistoryFor } from './overflow.js';
export { imagesIn, withImages } from './repairs/images.js';
export { withWellFormedTexts } from './repairs/well-formed.js';
export { NOTHING_LEFT_OUT } from './repairs/history.js';
export type { Shortening } from './repairs/history.js';
export { toPortableName, withPortableNames } from './repairs/tools.js';
export type { NameMap } from './repairs/tools.js';
export { readTokenNumbers } from './repairs/limits.js';
export { batchLimitIn, isBatchTokenLimit } from './batch-limit.js';
