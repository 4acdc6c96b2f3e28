export { LearnedManners } from './learned-manners.js';
export { RoutingModule } from './routing.module.js';
export { UpstreamClient } from './upstream.client.js';
export type { Accepted } from './upstream.client.js';
