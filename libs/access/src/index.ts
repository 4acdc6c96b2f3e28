export { isAllowedHost } from './hosts.js';
export { OriginRules } from './origins.js';
