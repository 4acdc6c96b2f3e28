export { LimitsModule } from './limits.module.js';
export { RateLimits } from './rate-limits.js';
export type { LimitState, Reservation } from './rate-limits.js';
