export type { Adaptation, BackendProfile } from './adaptation.js';
export { describeAdaptation, isSame } from './adaptation.js';
export { applyRule, finishWithRule } from './apply-rule.js';
export { dialectNamed, dialectOf } from './dialect.js';
export { extractErrorText, findErrorText, redact } from './error-text.js';
export { isContextOverflow, isModelNotFound, statusForClient } from './error-status.js';
export { learn } from './learn.js';
export { shapeRequest } from './shape-request.js';
