export type { Adaptation, UpstreamProfile } from './adaptation.js';
export { describeAdaptation, isSameAdaptation } from './adaptation.js';
export { applyRule, applyRuleOverrides } from './apply-rule.js';
export { findDialect, dialectOfModel } from './dialect.js';
export { extractErrorText, findErrorText, redact } from './error-text.js';
export { isContextOverflow, isModelNotFound, statusForClient } from './error-status.js';
export { adaptationsFor } from './learn.js';
export { shapeRequest } from './shape-request.js';
