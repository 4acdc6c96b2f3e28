import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Request, Response } from 'express';
import { UpstreamError } from '#errors';
import type { Attempt, RequestRecord } from '#observability';
import type { RequestObserver } from '../../edge/request-observer.js';
import { statusOf } from '../../edge/request-observer.js';
import type { PlannedIds } from './planned-ids.js';
import { parentSpanOf, traceHeadersOf } from './trace-parent.js';

interface Open {
  readonly span: Span;
  readonly attempts: TracedAttempt[];
}

interface TracedAttempt extends Attempt {
  /** Reserved span id: it is sent in `traceparent` before the span is created. */
  readonly spanId: string;
}

/** A span for each request, with a child span for each attempt. Attributes hold no prompts, keys or raw paths. */
export class SpanObserver implements RequestObserver {
  private readonly open = new WeakMap<Request, Open>();

  constructor(
    private readonly tracer: Tracer,
    private readonly ids: PlannedIds,
  ) {}

  begin(request: Request, record: RequestRecord): void {
    const caller = parentSpanOf(request.headers);
    const parent = caller ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT;
    const startTime = epochOf(record.received);
    const span = this.tracer.startSpan(request.method, { kind: SpanKind.SERVER, startTime }, parent);
    const context = span.spanContext();
    const headersFor = (spanId: string) => traceHeadersOf(context, spanId, caller ? request.headers : {});
    record.traceId = context.traceId;
    if (!span.isRecording()) {
      record.traceHeaders = headersFor(this.ids.generateSpanId());
      return;
    }
    record.wantsUsage = true;
    const attempts: TracedAttempt[] = [];
    record.beginAttempt = (upstream, resends) => {
      const spanId = this.ids.generateSpanId();
      const attempt = { upstream, resends, spanId, sentAt: performance.now(), headers: headersFor(spanId) };
      attempts.push(attempt);
      return attempt;
    };
    this.open.set(request, { span, attempts });
  }

  end(request: Request, response: Response, record: RequestRecord): void {
    const open = this.open.get(request);
    if (!open) return;
    const { span, attempts } = open;
    const { path: route, genAi } = request.routeInfo;
    const status = statusOf(response);
    if (route !== undefined) span.updateName(`${request.method} ${route}`);
    span.setAttributes({
      'http.request.method': request.method,
      'http.response.status_code': status,
      'url.scheme': request.protocol,
      ...(route !== undefined && { 'http.route': route }),
    });
    if (status >= 500 || record.failure) fail(span, record.failure?.name ?? String(status));
    for (const attempt of attempts) {
      this.writeAttempt(span, attempt, attempt === attempts.at(-1), record, genAi);
    }
    span.end();
  }

  /** @param isLast whether the response, if any, came from this attempt */
  private writeAttempt(
    parent: Span,
    attempt: TracedAttempt,
    isLast: boolean,
    record: RequestRecord,
    operation: string | undefined,
  ): void {
    const { upstream, spanId, sentAt, acceptedAt, failedAt, failure } = attempt;
    this.ids.planSpanId(spanId);
    const span = this.tracer.startSpan(
      operation === undefined ? `call ${upstream.name}` : `${operation} ${record.model}`.trim(),
      { kind: SpanKind.CLIENT, startTime: epochOf(sentAt), attributes: describeAttempt(attempt, record, operation) },
      trace.setSpan(ROOT_CONTEXT, parent),
    );
    if (failure !== undefined) fail(span, nameOf(failure));
    if (failedAt !== undefined || !isLast) {
      span.end(epochOf(failedAt ?? acceptedAt ?? performance.now()));
      return;
    }
    if (record.failure) fail(span, record.failure.name);
    span.setAttributes(describeResponse(record, attempt));
    if (record.firstAt !== undefined) span.addEvent('first token', epochOf(record.firstAt));
    span.end(epochOf(record.lastAt ?? performance.now()));
  }
}

function describeAttempt(
  { upstream, resends, failure }: Attempt,
  { model, streamed }: RequestRecord,
  operation: string | undefined,
): Attributes {
  const status = failure instanceof UpstreamError ? failure.upstreamStatus : undefined;
  const server = new URL(upstream.baseUrl);
  return {
    'llmproxy.upstream': upstream.name,
    'server.address': server.hostname,
    'server.port': Number(server.port) || (server.protocol === 'https:' ? 443 : 80),
    ...(resends > 0 && { 'http.request.resend_count': resends }),
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(operation !== undefined && {
      'gen_ai.operation.name': operation,
      // All upstreams have OpenAI's API; the vendor behind it is unknown.
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': model,
      'gen_ai.request.stream': streamed,
    }),
  };
}

/** Attributes of the response, and of the whole request: retries and queueing. */
function describeResponse(record: RequestRecord, { sentAt }: Attempt): Attributes {
  const { streamed, retries, queuedMs, usage, firstAt, finishReasons, responseModel } = record;
  return {
    'llmproxy.retries': retries,
    'llmproxy.queued_ms': Math.round(queuedMs),
    ...(finishReasons.length > 0 && { 'gen_ai.response.finish_reasons': [...finishReasons] }),
    ...(responseModel !== '' && { 'gen_ai.response.model': responseModel }),
    ...(streamed && firstAt !== undefined && { 'gen_ai.response.time_to_first_chunk': (firstAt - sentAt) / 1000 }),
    ...(usage && {
      'gen_ai.usage.input_tokens': usage.input,
      'gen_ai.usage.output_tokens': usage.output,
      ...(usage.cached !== undefined && { 'gen_ai.usage.cache_read.input_tokens': usage.cached }),
      ...(usage.reasoning !== undefined && { 'gen_ai.usage.reasoning.output_tokens': usage.reasoning }),
    }),
  };
}

/** Records the name of the error only: its message may come from an upstream. */
function fail(span: Span, name: string): void {
  span.setAttribute('error.type', name);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function nameOf(failure: unknown): string {
  return failure instanceof Error ? failure.name : 'Error';
}

/** Milliseconds since 1970. */
function epochOf(monotonic: number): number {
  return performance.timeOrigin + monotonic;
}
