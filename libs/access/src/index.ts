export { canonicalAddress, networkOf } from './addresses.js';
export { FailedAttempts } from './failed-attempts.js';
export { isAllowedHost, isNamedHost } from './hosts.js';
export { KeyRegistry } from './key-registry.js';
export type { KeyRefusal } from './keys.js';
export { findKey } from './keys.js';
export { OriginRules } from './origins.js';
