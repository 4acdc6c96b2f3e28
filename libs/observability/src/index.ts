export { CallRecord } from './call-record.js';
export type { Attempt, CallUsage } from './call-record.js';
export { correlationIdFrom } from './correlation-id.js';
export { Counters } from './counters.js';
export { loggerOptions } from './logger.options.js';
export { REDIS_STATE } from './redis-state.js';
export type { RedisReport, RedisState } from './redis-state.js';
export { runWithRequestId } from './request-scope.js';
