import type { RequestRecord } from '#observability';
import type { GenAiOperation } from '../../routes/route.decorator.js';
import { HistogramSeries } from './series.js';

/** Bounds that the conventions give. */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS = Array.from({ length: 14 }, (_, exponent) => 4 ** exponent);
const FIRST_TOKEN = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PER_TOKEN = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

const LABELS = [
  'gen_ai_operation_name',
  'gen_ai_provider_name',
  'gen_ai_request_model',
  'server_address',
  'server_port',
];
const WITH_ERROR = [...LABELS, 'error_type'];

/** As in spans: all upstreams have OpenAI's API; the vendor behind it is unknown. */
const PROVIDER = 'openai';

export interface ServerAddress {
  readonly host: string;
  readonly port: string;
}

/** A finished call to an upstream. Times are monotonic milliseconds. */
interface Call {
  readonly operation: GenAiOperation;
  /** A label with bounded values. */
  readonly model: string;
  /** Undefined for a complete answer. */
  readonly errorType: string | undefined;
  /** Of an exported trace. */
  readonly trace: string | undefined;
  readonly endedAt: number;
}

/**
 * The metrics of OpenTelemetry's conventions for generative AI, with the names that Prometheus gives them:
 * https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-metrics.md
 */
export class GenAiMetrics {
  private readonly tokens = new HistogramSeries(
    {
      name: 'gen_ai_client_token_usage',
      help: 'Input and output tokens of a call.',
      labels: [...LABELS, 'gen_ai_token_type'],
    },
    TOKENS,
  );
  private readonly operation = new HistogramSeries(
    {
      name: 'gen_ai_client_operation_duration_seconds',
      help: 'Duration of a call to an upstream.',
      labels: WITH_ERROR,
    },
    SECONDS,
  );
  private readonly request = new HistogramSeries(
    {
      name: 'gen_ai_server_request_duration_seconds',
      help: 'Time from the arrival of a request to the last byte of its response.',
      labels: WITH_ERROR,
    },
    SECONDS,
  );
  private readonly firstToken = new HistogramSeries(
    {
      name: 'gen_ai_server_time_to_first_token_seconds',
      help: 'Time from the arrival of a request to the first chunk of a streamed response.',
      labels: LABELS,
    },
    FIRST_TOKEN,
  );
  private readonly perToken = new HistogramSeries(
    {
      name: 'gen_ai_server_time_per_output_token_seconds',
      help: 'Mean time per token after the first one, for streamed responses.',
      labels: LABELS,
    },
    PER_TOKEN,
  );
  readonly histograms = [this.tokens, this.operation, this.request, this.firstToken, this.perToken];

  constructor(private readonly addressOf: (upstream: string) => ServerAddress) {}

  count(record: RequestRecord, { operation, model, errorType, trace, endedAt }: Call): void {
    const { upstream, usage, sentAt = endedAt, firstAt, lastAt, received } = record;
    const { host, port } = this.addressOf(upstream);
    const labels = [operation, PROVIDER, model, host, port];
    const ended = [...labels, errorType ?? ''];
    this.operation.observeTraced(trace, ((lastAt ?? endedAt) - sentAt) / 1000, ...ended);
    this.request.observeTraced(trace, (endedAt - received) / 1000, ...ended);
    if (usage) {
      this.tokens.observeTraced(trace, usage.input, ...labels, 'input');
      if (operation !== 'embeddings') this.tokens.observeTraced(trace, usage.output, ...labels, 'output');
    }
    if (errorType !== undefined || !record.streamed || firstAt === undefined || lastAt === undefined) return;
    this.firstToken.observeTraced(trace, (firstAt - received) / 1000, ...labels);
    if (usage && usage.output > 1) {
      this.perToken.observeTraced(trace, (lastAt - firstAt) / (usage.output - 1) / 1000, ...labels);
    }
  }
}
