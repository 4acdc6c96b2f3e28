export { correlationIdFrom } from './correlation-id.js';
export { loggerOptions } from './logger.options.js';
export { currentRequestId, runWithRequestId } from './request-scope.js';
