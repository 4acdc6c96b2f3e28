export { LearnedManners } from './learned-manners.js';
export { RoutingModule } from './routing.module.js';
export { UpstreamClient } from './upstream.client.js';
