export { dialectOf, DIALECTS, PLAIN } from './dialect.js';
export type { Dialect } from './dialect.js';
export { extractErrorText, findErrorText, redact } from './error-text.js';
export { isContextOverflow, isModelNotFound, statusForClient } from './error-status.js';
export { shapeRequest } from './shape-request.js';
