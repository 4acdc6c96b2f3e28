export { RequestRecord } from './request-record.js';
export type { Attempt, CallUsage, EstimatedUsage } from './request-record.js';
export { correlationIdFrom } from './correlation-id.js';
export { Counters } from './counters.js';
export { loggerOptions } from './logger.options.js';
export { REDIS_STATE } from './redis-state.js';
export type { RedisReport, RedisState } from './redis-state.js';
export { runWithRequestId } from './log-context.js';
