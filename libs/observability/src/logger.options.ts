import type { Params } from 'nestjs-pino';
import type { LogSettings } from '#config';
import { currentIds } from './log-context.js';

const PINO_LEVEL = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const;

/**
 * One JSON line an event, each with the request's id. Headers and bodies are never handed to the logger, so there is
 * nothing to redact on the way; the access line is written by the request middleware, not by pino-http.
 */
export function loggerOptions(settings: LogSettings): Params {
  return {
    pinoHttp: {
      level: PINO_LEVEL[settings.level],
      autoLogging: false,
      quietReqLogger: true,
      base: null,
      mixin: () => ({ ...currentIds() }),
      serializers: { err: describeError },
    },
    // pino-http's middleware would cost each request what the request scope does already.
    forRoutes: [],
  };
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return { type: name, message, stack, ...(cause !== undefined && { cause: describeError(cause) }) };
}
