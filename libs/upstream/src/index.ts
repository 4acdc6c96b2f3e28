export type { AdaptationReport, LimitAdaptation } from './upstream-profiles.js';
export { UpstreamProfiles } from './upstream-profiles.js';
export { UpstreamModule } from './upstream.module.js';
export { UpstreamClient } from './upstream.client.js';
