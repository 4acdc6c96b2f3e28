export { correlationIdFrom } from './correlation-id.js';
export { loggerOptions } from './logger.options.js';
export { runWithRequestId } from './request-scope.js';
