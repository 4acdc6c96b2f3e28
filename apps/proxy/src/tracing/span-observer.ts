import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Request, Response } from 'express';
import type { CallRecord } from '#observability';
import type { CallObserver } from '../http/call-observer.js';
import { statusOf } from '../http/call-observer.js';
import type { PlannedIds } from './planned-ids.js';
import { callerOf, traceHeadersOf } from './trace-parent.js';

interface Open {
  readonly span: Span;
  /** Id of the span of the call to the backend, which is told it before that span is written. */
  readonly callId: string;
}

/** What the routes of models are called in OpenTelemetry's words. */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['/api/chat', 'chat'],
  ['/v1/chat/completions', 'chat'],
  ['/v1/responses', 'chat'],
  ['/v1/messages', 'chat'],
  ['/api/generate', 'text_completion'],
  ['/v1/completions', 'text_completion'],
  ['/api/embed', 'embeddings'],
  ['/api/embeddings', 'embeddings'],
  ['/v1/embeddings', 'embeddings'],
]);

/** A span for each request, and one below it for its call to a backend. Neither holds texts, keys or paths that were made up. */
export class SpanObserver implements CallObserver {
  private readonly open = new WeakMap<Request, Open>();

  constructor(
    private readonly tracer: Tracer,
    private readonly ids: PlannedIds,
  ) {}

  begin(request: Request, record: CallRecord): void {
    const caller = callerOf(request.headers);
    const parent = caller ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT;
    const startTime = epochOf(record.received);
    const span = this.tracer.startSpan(request.method, { kind: SpanKind.SERVER, startTime }, parent);
    const context = span.spanContext();
    const callId = this.ids.generateSpanId();
    record.traceHeaders = traceHeadersOf(context, callId, caller ? request.headers : {});
    record.traceId = context.traceId;
    record.wantsUsage ||= span.isRecording();
    this.open.set(request, { span, callId });
  }

  end(request: Request, response: Response, record: CallRecord): void {
    const open = this.open.get(request);
    if (!open?.span.isRecording()) return;
    const { span, callId } = open;
    const route = (request.route as { path?: unknown } | undefined)?.path;
    const status = statusOf(response);
    if (typeof route === 'string') span.updateName(`${request.method} ${route}`);
    span.setAttributes({
      'http.request.method': request.method,
      'http.response.status_code': status,
      'url.scheme': request.protocol,
      ...(typeof route === 'string' && { 'http.route': route }),
    });
    if (status >= 500 || record.failure) fail(span, record, status);
    if (record.sentAt !== undefined) this.writeCall(span, callId, record, OPERATIONS.get(String(route)));
    span.end();
  }

  private writeCall(parent: Span, callId: string, record: CallRecord, operation: string | undefined): void {
    const { sentAt = 0, model, upstream } = record;
    this.ids.planSpanId(callId);
    const span = this.tracer.startSpan(
      operation === undefined ? `call ${upstream}` : `${operation} ${model}`.trim(),
      { kind: SpanKind.CLIENT, startTime: epochOf(sentAt), attributes: describe(record, operation) },
      trace.setSpan(ROOT_CONTEXT, parent),
    );
    if (record.failure) fail(span, record, 0);
    if (record.firstAt !== undefined) span.addEvent('first token', epochOf(record.firstAt));
    span.end(epochOf(record.lastAt ?? performance.now()));
  }
}

function describe(record: CallRecord, operation: string | undefined): Attributes {
  const { upstream, model, streamed, retries, queuedMs, usage, firstAt, sentAt = 0 } = record;
  return {
    'llmproxy.upstream': upstream,
    'llmproxy.retries': retries,
    'llmproxy.queued_ms': Math.round(queuedMs),
    ...(operation !== undefined && {
      'gen_ai.operation.name': operation,
      'gen_ai.request.model': model,
      'gen_ai.request.stream': streamed,
    }),
    ...(streamed && firstAt !== undefined && { 'gen_ai.response.time_to_first_chunk': (firstAt - sentAt) / 1000 }),
    ...(usage && {
      'gen_ai.usage.input_tokens': usage.input,
      'gen_ai.usage.output_tokens': usage.output,
      ...(usage.cached !== undefined && { 'gen_ai.usage.cache_read.input_tokens': usage.cached }),
      ...(usage.reasoning !== undefined && { 'gen_ai.usage.reasoning.output_tokens': usage.reasoning }),
    }),
  };
}

/** Names of errors only: their texts may come from a backend. */
function fail(span: Span, { failure }: CallRecord, status: number): void {
  span.setAttribute('error.type', failure?.name ?? String(status));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Milliseconds since 1970. */
function epochOf(monotonic: number): number {
  return performance.timeOrigin + monotonic;
}
