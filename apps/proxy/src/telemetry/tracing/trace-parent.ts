import type { SpanContext } from '@opentelemetry/api';
import type { IncomingHttpHeaders } from 'node:http';

/** W3C Trace Context; later versions may have more behind the flags. */
const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-|$)/;

/** The client's span; undefined without a valid `traceparent`. */
export function parentSpanOf({ traceparent }: IncomingHttpHeaders): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACE_PARENT.exec(typeof traceparent === 'string' ? traceparent.trim() : '') ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
  };
}

/** Headers that make an upstream's spans children of ours; `tracestate` of vendors is copied unread. */
export function traceHeadersOf(
  { traceId, traceFlags }: SpanContext,
  spanId: string,
  { tracestate }: IncomingHttpHeaders,
): Record<string, string> {
  return {
    traceparent: `00-${traceId}-${spanId}-0${traceFlags & 1}`,
    ...(typeof tracestate === 'string' && { tracestate }),
  };
}
