export { reasonOf } from './admission.js';
export type { CallContext } from './call-context.js';
export type { CircuitState } from './circuit-breaker.js';
export { parseJson, readParts, readJson } from './read-json.js';
export { UpstreamConnection } from './upstream-connection.js';
export type { Payload, UpstreamResponse } from './upstream-connection.js';
export { UpstreamRegistry } from './upstream-registry.js';
export type { Routing } from './upstream-registry.js';
export { UpstreamModule } from './upstream.module.js';
