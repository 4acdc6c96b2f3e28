export { BackendProfiles } from './backend-profiles.js';
export { UpstreamModule } from './upstream.module.js';
export { UpstreamClient } from './upstream.client.js';
