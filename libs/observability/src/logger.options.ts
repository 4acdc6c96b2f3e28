import type { Params } from 'nestjs-pino';
import type { Bindings, DestinationStream, LogFn, Logger, LoggerOptions } from 'pino';
import type { LogSettings } from '#config';
import { currentIds } from './log-context.js';
import { ECS_VERSION, renameFields } from './log-fields.js';

const PINO_LEVEL = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const;

/** pino's number of the level "info". */
export const INFO = 30;

/** Contexts in which Nest logs every module and route at start, about eighty lines; they are logged at "debug". */
const DEBUG_CONTEXTS: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** `SeverityNumber` of OpenTelemetry's log data model, by pino's level. */
const SEVERITY_NUMBERS: Readonly<Record<number, number>> = { 10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21 };

/** Where lines go; without one, to standard output at once. */
export interface LogDestinations {
  /** For people: reads our own names and forms. */
  readonly pretty?: DestinationStream | undefined;
  /** For JSON. */
  readonly plain?: DestinationStream | undefined;
}

/**
 * Options of Nest's logger. Headers and bodies are never passed to it, so nothing has to be redacted here; the access log is
 * written by a request observer, not by pino-http.
 */
export function loggerOptions(settings: LogSettings, { pretty, plain }: LogDestinations = {}): Params {
  const options = { ...pinoOptions(settings, pretty), autoLogging: false, quietReqLogger: true };
  const destination = pretty ?? plain;
  return {
    pinoHttp: destination ? [options, destination] : options,
    // The middleware of pino-http would repeat for each request what runWithRequestId does.
    forRoutes: [],
  };
}

/**
 * One line per event, each with the request's id.
 * @param destination reads our own names and forms, whatever the settings are; undefined: JSON on standard output
 */
export function pinoOptions(settings: LogSettings, destination?: DestinationStream): LoggerOptions {
  return {
    level: PINO_LEVEL[settings.level],
    base: null,
    mixin: () => ({ ...currentIds() }),
    serializers: { err: describeError },
    hooks: { logMethod: lowerLevel },
    ...(!destination && formatOf(settings)),
  };
}

/** Names and forms other than pino's own; without them, pino calls no function of ours for a line. */
function formatOf({ fields, hasLevelText, hasTimeText }: LogSettings): LoggerOptions {
  switch (fields) {
    case 'otel':
      return {
        messageKey: 'body',
        timestamp: isoTime('timestamp'),
        formatters: {
          level: (label, level) => ({ severity_text: label.toUpperCase(), severity_number: SEVERITY_NUMBERS[level] }),
          log: renameFields('otel', describeError),
        },
      };
    case 'ecs':
      return {
        messageKey: 'message',
        timestamp: isoTime('@timestamp'),
        base: { 'ecs.version': ECS_VERSION },
        formatters: { level: (label) => ({ 'log.level': label }), log: renameFields('ecs', describeError) },
      };
    case 'own':
      return {
        ...(hasTimeText && { timestamp: isoTime('time') }),
        ...(hasLevelText && { formatters: { level: (label: string) => ({ level: label }) } }),
      };
  }
}

/** Time in RFC 3339, in UTC with milliseconds. */
function isoTime(name: string): () => string {
  return () => `,"${name}":"${new Date().toISOString()}"`;
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
