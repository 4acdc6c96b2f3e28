export { abortReason } from './concurrency-queue.js';
export type { UpstreamRequestContext } from './request-context.js';
export type { CircuitState } from './circuit-breaker.js';
export { parseJson, readParts, readJson } from './read-json.js';
export { UpstreamConnection } from './upstream-connection.js';
export type { Payload, UpstreamResponse } from './upstream-connection.js';
export { UpstreamRegistry } from './upstream-registry.js';
export type { Routing } from './upstream-registry.js';
export { ConnectionsModule } from './connections.module.js';
