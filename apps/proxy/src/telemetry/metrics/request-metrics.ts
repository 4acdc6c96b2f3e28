import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Request, Response } from 'express';
import type { Settings } from '#config';
import { UpstreamRegistry } from '#connections';
import type { RequestRecord } from '#observability';
import type { RouteInfo } from '../../routes/route-table.js';
import type { RequestObserver } from '../../edge/request-observer.js';
import { statusOf } from '../../edge/request-observer.js';
import { BYTES, DURATION, FIRST_TOKEN, PER_TOKEN, WAIT } from './buckets.js';
import type { ServerAddress } from './gen-ai-metrics.js';
import { GenAiMetrics } from './gen-ai-metrics.js';
import type { Outcome } from './outcome.js';
import { outcomeOf } from './outcome.js';
import type { CounterChild, HistogramChild } from './series.js';
import { CounterSeries, HistogramSeries } from './series.js';

/** Maximum number of models with own series; further ones share the label `other`, so that memory stays bounded. */
const MAX_MODELS = 100;
const OTHER = 'other';

const OF_MODEL = ['model', 'upstream'];

/** What the requests of a route for one model are counted in. */
interface RequestSeries {
  readonly ok: CounterChild;
  readonly whole: HistogramChild;
  readonly streamed: HistogramChild;
  readonly requestSize: HistogramChild;
  readonly responseSize: HistogramChild;
}

/** What the calls of one model at one upstream are counted in. */
interface CallSeries {
  readonly queueWait: HistogramChild;
  readonly input: CounterChild;
  readonly output: CounterChild;
  readonly duration: HistogramChild;
  readonly firstToken: HistogramChild;
  readonly perToken: HistogramChild;
}

/** Counts each request at its end with a few additions; prom-client reads the numbers at a scrape. */
@Injectable()
export class RequestMetrics implements RequestObserver {
  readonly requests = new CounterSeries({
    name: 'llmproxy_requests_total',
    help: 'Completed requests.',
    labels: ['api', 'operation', 'model', 'outcome', 'code'],
  });
  readonly duration = new HistogramSeries(
    {
      name: 'llmproxy_request_duration_seconds',
      help: 'Time from the arrival of a request to the last byte of its response.',
      labels: ['api', 'operation', 'model', 'stream'],
    },
    DURATION,
  );
  readonly upstreamDuration = new HistogramSeries(
    {
      name: 'llmproxy_upstream_duration_seconds',
      help: 'Time from the successful attempt to the last chunk of its response.',
      labels: ['upstream', 'model'],
    },
    DURATION,
  );
  readonly firstToken = new HistogramSeries(
    {
      name: 'llmproxy_time_to_first_token_seconds',
      help: 'Time from the arrival of a request to the first chunk of a streamed response.',
      labels: OF_MODEL,
    },
    FIRST_TOKEN,
  );
  readonly perToken = new HistogramSeries(
    {
      name: 'llmproxy_time_per_output_token_seconds',
      help: 'Mean time per token after the first one, for streamed responses.',
      labels: OF_MODEL,
    },
    PER_TOKEN,
  );
  readonly queueWait = new HistogramSeries(
    {
      name: 'llmproxy_queue_wait_seconds',
      help: 'Time a call waited in the concurrency queue of its upstream.',
      labels: ['upstream'],
    },
    WAIT,
  );
  readonly tokens = new CounterSeries({
    name: 'llmproxy_tokens_total',
    help: 'Tokens as reported by upstreams; reasoning is part of output, cached of input.',
    labels: [...OF_MODEL, 'type'],
  });
  readonly cost = new CounterSeries({
    name: 'llmproxy_cost_total',
    help: 'Cost of calls by MODEL_PRICES, in its currency.',
    labels: OF_MODEL,
  });
  readonly usageMissing = new CounterSeries({
    name: 'llmproxy_usage_missing_total',
    help: 'Complete responses for which the upstream reported no token usage.',
    labels: OF_MODEL,
  });
  readonly cancelled = new CounterSeries({
    name: 'llmproxy_upstream_cancelled_total',
    help: 'Calls cancelled because the client disconnected.',
    labels: ['upstream'],
  });
  readonly requestSize = new HistogramSeries(
    { name: 'llmproxy_request_size_bytes', help: 'Size of request bodies with a Content-Length.', labels: ['api'] },
    BYTES,
  );
  readonly responseSize = new HistogramSeries(
    { name: 'llmproxy_response_size_bytes', help: 'Bytes sent for a response, headers included.', labels: ['api'] },
    BYTES,
  );
  readonly counters = [this.requests, this.tokens, this.cost, this.usageMissing, this.cancelled];
  readonly histograms: readonly HistogramSeries[];
  /** Undefined unless GEN_AI_METRICS is true. */
  private readonly genAi: GenAiMetrics | undefined;

  private readonly models = new Set<string>();
  /** Series that most requests need, looked up once: by route and model, and by model and upstream. */
  private readonly ofRequests = new WeakMap<RouteInfo, Map<string, RequestSeries>>();
  private readonly ofCalls = new Map<string, Map<string, CallSeries>>();

  constructor(config: ConfigService<Settings, true>, upstreams: UpstreamRegistry) {
    const { hasGenAiNames } = config.get('metrics', { infer: true });
    this.genAi = hasGenAiNames ? new GenAiMetrics((name) => addressOf(name, upstreams)) : undefined;
    this.histograms = [
      this.duration,
      this.upstreamDuration,
      this.firstToken,
      this.perToken,
      this.queueWait,
      this.requestSize,
      this.responseSize,
      ...(this.genAi?.histograms ?? []),
    ];
  }

  begin(_request: Request, record: RequestRecord): void {
    record.wantsUsage = true;
  }

  end(request: Request, response: Response, record: RequestRecord): void {
    const { routeInfo } = request;
    const status = statusOf(response);
    const outcome = outcomeOf(record, status, response.writableFinished);
    const model = this.bounded(record.model);
    const series = this.seriesOf(routeInfo, model);
    if (outcome === 'ok' && status === 200) series.ok.add(1);
    else this.requests.add(1, routeInfo.api, routeInfo.operation, model, outcome, String(status));
    const now = performance.now();
    const trace = sampledTrace(record);
    (record.streamed ? series.streamed : series.whole).observe((now - record.received) / 1000, trace);
    const length = Number(request.headers['content-length']);
    if (length > 0) series.requestSize.observe(length);
    series.responseSize.observe(Math.max(0, (connectionOf(request)?.bytesWritten ?? 0) - request.sentBefore));
    if (record.sentAt !== undefined) this.countCall(record, routeInfo, outcome, model, now);
  }

  private countCall(record: RequestRecord, { genAi }: RouteInfo, outcome: Outcome, model: string, now: number): void {
    const { upstream, usage, sentAt = 0, acceptedAt, firstAt, lastAt, received } = record;
    const series = this.callSeriesOf(model, upstream);
    series.queueWait.observe(record.queuedMs / 1000);
    if (outcome === 'client_abort') this.cancelled.add(1, upstream);
    const trace = sampledTrace(record);
    if (this.genAi && genAi) {
      const errorType = outcome === 'ok' ? undefined : (record.failure?.name ?? outcome);
      this.genAi.count(record, { operation: genAi, model, errorType, trace, endedAt: now });
    }
    if (usage) {
      series.input.add(usage.input);
      series.output.add(usage.output);
      if (usage.reasoning) this.tokens.add(usage.reasoning, model, upstream, 'reasoning');
      if (usage.cached) this.tokens.add(usage.cached, model, upstream, 'cached');
    }
    const { cost } = record;
    if (cost !== undefined) this.cost.add(cost, model, upstream);
    if (outcome !== 'ok' || acceptedAt === undefined) return;
    if (!usage && genAi !== undefined && genAi !== 'embeddings') this.usageMissing.add(1, model, upstream);
    series.duration.observe(((lastAt ?? now) - sentAt) / 1000, trace);
    // A whole response does not show when its tokens were generated.
    if (!record.streamed || firstAt === undefined || lastAt === undefined) return;
    series.firstToken.observe((firstAt - received) / 1000, trace);
    if (usage && usage.output > 1) {
      series.perToken.observe((lastAt - firstAt) / (usage.output - 1) / 1000);
    }
  }

  private seriesOf(routeInfo: RouteInfo, model: string): RequestSeries {
    let byModel = this.ofRequests.get(routeInfo);
    if (!byModel) this.ofRequests.set(routeInfo, (byModel = new Map<string, RequestSeries>()));
    let series = byModel.get(model);
    if (!series) {
      const { api, operation } = routeInfo;
      series = {
        ok: this.requests.of(api, operation, model, 'ok', '200'),
        whole: this.duration.of(api, operation, model, 'false'),
        streamed: this.duration.of(api, operation, model, 'true'),
        requestSize: this.requestSize.of(api),
        responseSize: this.responseSize.of(api),
      };
      byModel.set(model, series);
    }
    return series;
  }

  private callSeriesOf(model: string, upstream: string): CallSeries {
    let byUpstream = this.ofCalls.get(model);
    if (!byUpstream) this.ofCalls.set(model, (byUpstream = new Map<string, CallSeries>()));
    let series = byUpstream.get(upstream);
    if (!series) {
      series = {
        queueWait: this.queueWait.of(upstream),
        input: this.tokens.of(model, upstream, 'input'),
        output: this.tokens.of(model, upstream, 'output'),
        duration: this.upstreamDuration.of(upstream, model),
        firstToken: this.firstToken.of(model, upstream),
        perToken: this.perToken.of(model, upstream),
      };
      byUpstream.set(upstream, series);
    }
    return series;
  }

  private bounded(model: string): string {
    if (model === '' || this.models.has(model)) return model;
    if (this.models.size >= MAX_MODELS) return OTHER;
    this.models.add(model);
    return model;
  }
}

/** Host and port of an upstream's base URL; empty if a reload has removed it. */
function addressOf(upstream: string, { current }: UpstreamRegistry): ServerAddress {
  const connection = current.connections.find(({ name }) => name === upstream);
  if (!connection) return { host: '', port: '' };
  const { hostname, port, protocol } = new URL(connection.settings.baseUrl);
  return { host: hostname, port: port || (protocol === 'https:' ? '443' : '80') };
}

/** The trace of a request, if it is exported: an exemplar must not refer to one that is not. */
function sampledTrace({ traceId, beginAttempt }: RequestRecord): string | undefined {
  return beginAttempt && traceId;
}

/** Null for a request whose connection was closed before its body was read. */
function connectionOf(request: Request): Request['socket'] | null {
  return request.socket;
}
