import type { LogFields } from '#config';

type Convention = Exclude<LogFields, 'own'>;

const NS_PER_MS = 1_000_000;
const MS_PER_SECOND = 1000;

/** Version of the Elastic Common Schema that has all names below. */
export const ECS_VERSION = '9.3.0';

/**
 * The names of fields in the conventions of OpenTelemetry (semantic conventions 1.43, trace context in logs) and Elastic (ECS).
 * docs/logs.md has the same table; a test compares them. Fields without a row get the prefix `llmproxy.`.
 */
export const FIELD_NAMES: Readonly<Record<string, Readonly<Record<Convention, string>>>> = {
  requestId: { otel: 'llmproxy.request_id', ecs: 'http.request.id' },
  trace_id: { otel: 'trace_id', ecs: 'trace.id' },
  context: { otel: 'otel.scope.name', ecs: 'log.logger' },
  method: { otel: 'http.request.method', ecs: 'http.request.method' },
  path: { otel: 'url.path', ecs: 'url.path' },
  status: { otel: 'http.response.status_code', ecs: 'http.response.status_code' },
  ms: { otel: 'http.server.request.duration', ecs: 'event.duration' },
  key: { otel: 'user.name', ecs: 'user.name' },
  model: { otel: 'gen_ai.request.model', ecs: 'gen_ai.request.model' },
  inputTokens: { otel: 'gen_ai.usage.input_tokens', ecs: 'gen_ai.usage.input_tokens' },
  outputTokens: { otel: 'gen_ai.usage.output_tokens', ecs: 'gen_ai.usage.output_tokens' },
  kind: { otel: 'error.type', ecs: 'error.type' },
  reason: { otel: 'error.message', ecs: 'error.message' },
};

/** The same for the parts of a logged error. */
const ERROR_NAMES: typeof FIELD_NAMES = {
  type: { otel: 'exception.type', ecs: 'error.type' },
  message: { otel: 'exception.message', ecs: 'error.message' },
  stack: { otel: 'exception.stacktrace', ecs: 'error.stack_trace' },
};

/** Values whose unit differs by convention: seconds in OpenTelemetry, nanoseconds in ECS. */
const toDuration: Readonly<Record<Convention, (ms: number) => number>> = {
  otel: (ms) => ms / MS_PER_SECOND,
  ecs: (ms) => ms * NS_PER_MS,
};

/**
 * The function that gives the fields of a line the names of a convention; pino's formatter `log`.
 * @param describeError the parts of an error by our own names
 */
export function renameFields(
  convention: Convention,
  describeError: (error: unknown) => unknown,
): (fields: object) => Record<string, unknown> {
  const rename = (fields: object, names: typeof FIELD_NAMES): [string, unknown][] =>
    Object.entries(fields).flatMap(([name, value]): [string, unknown][] => {
      if (value instanceof Error) return rename(Object(describeError(value)) as object, ERROR_NAMES);
      const renamed = names[name]?.[convention] ?? `llmproxy.${name}`;
      return [[renamed, name === 'ms' ? toDuration[convention](Number(value)) : value]];
    });
  return (fields) => Object.fromEntries(rename(fields, FIELD_NAMES));
}
