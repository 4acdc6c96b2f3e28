import type { Params } from 'nestjs-pino';
import type { Bindings, LogFn, Logger } from 'pino';
import type { LogSettings } from '#config';
import { currentIds } from './log-context.js';

const PINO_LEVEL = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const;

/** pino's number of the level "info". */
const INFO = 30;

/** Contexts in which Nest logs every module and route at start, about eighty lines; they are logged at "debug". */
const DEBUG_CONTEXTS: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/**
 * One JSON line per event, each with the request's id. Headers and bodies are never passed to the logger, so nothing has
 * to be redacted here; the access log is written by a request observer, not by pino-http.
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
      hooks: { logMethod: lowerLevel },
    },
    // The middleware of pino-http would repeat for each request what runWithRequestId does.
    forRoutes: [],
  };
}

/** pino's hook around each log call: https://getpino.io/#/docs/api?id=hooks-object */
function lowerLevel(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
  const { context } = (args[0] ?? {}) as unknown as Bindings;
  if (level === INFO && DEBUG_CONTEXTS.has(context)) this.debug(...args);
  else method.apply(this, args);
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return { type: name, message, stack, ...(cause !== undefined && { cause: describeError(cause) }) };
}
