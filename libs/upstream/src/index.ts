export type { CallContext } from './call-context.js';
export type { BatchConsumer, UpstreamBody } from './upstream-body.js';
export { UpstreamClient } from './upstream.client.js';
export type { UpstreamResponse } from './upstream.client.js';
export { UpstreamModule } from './upstream.module.js';
