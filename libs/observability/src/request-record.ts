import type { TokenPrice } from '#config';

/** Tokens that a price is for. */
const PRICED_TOKENS = 1_000_000;

/** Significant digits of a cost, beyond which a binary fraction is not exact. */
const COST_DIGITS = 10;

/** Token counts of one call, as reported by the upstream. */
export interface CallUsage {
  readonly input: number;
  readonly output: number;
  /** Part of `output`. */
  readonly reasoning?: number;
  /** Part of `input`. */
  readonly cached?: number;
}

/** Token counts of a call that has not been counted. `input` is undefined if the upstream has not counted that either. */
export interface EstimatedUsage {
  readonly input: number | undefined;
  readonly output: number;
}

/** An answer whose tokens can be estimated while it arrives. */
interface CountedAnswer {
  readonly estimatedUsage: EstimatedUsage;
}

/** The upstream of an attempt. */
interface AttemptTarget {
  readonly name: string;
  readonly baseUrl: string;
}

/** One call to a target, for traces. Times are monotonic milliseconds. */
export interface Attempt {
  readonly upstream: AttemptTarget;
  /** Number of earlier attempts for the same request, at any upstream. */
  readonly resends: number;
  readonly sentAt: number;
  /** Headers that carry the trace context to the upstream. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the upstream accepted the call, or when it failed before that. */
  acceptedAt?: number;
  failedAt?: number;
  failure?: unknown;
}

/**
 * Facts about one request, collected while it is processed, and read at its end by the access log, metrics, limits and
 * traces. Plain fields keep the cost low if none of them is enabled. All times are monotonic milliseconds.
 */
export class RequestRecord {
  /** A name from a model list or a rule, or "other"; "" for requests without a model. */
  model = '';
  /** The upstream that answered, or that was tried last. */
  upstream = '';
  /** The model's id at that upstream, and its price if costs are computed. */
  upstreamModel = '';
  price: TokenPrice | undefined;
  /** Whether the client requested a stream. */
  streamed = false;
  /** Attempts after the first. */
  retries = 0;
  /** Time in the queue of an upstream. */
  queuedMs = 0;
  /** When the successful attempt was sent, and when the upstream accepted it. */
  sentAt: number | undefined;
  acceptedAt: number | undefined;
  /** Arrival of the first and the last content of the response. */
  firstAt: number | undefined;
  lastAt: number | undefined;
  usage: CallUsage | undefined;
  /** The answer so far, for requests that end without `usage`; until the end of the request. */
  answer: CountedAnswer | undefined;
  /** Why the request failed, including failures after a status of 200 was sent. */
  failure: Error | undefined;
  /** Id of the trace, and headers that carry it to upstreams; undefined without tracing. */
  traceId: string | undefined;
  traceHeaders: Readonly<Record<string, string>> | undefined;
  /** Records an attempt; undefined without tracing, in which case data for traces alone is not collected. */
  beginAttempt: ((upstream: AttemptTarget, resends: number) => Attempt) | undefined;
  /** As reported by the upstream. */
  finishReasons: readonly string[] = [];
  responseModel = '';
  /** Set if metrics, limits or traces need `usage` from a response that is forwarded unchanged. */
  wantsUsage = false;

  constructor(
    readonly id: string,
    readonly received: number,
  ) {}

  /** What the call cost, in the currency of the prices; undefined without a price or token counts. */
  get cost(): number | undefined {
    const { price, usage } = this;
    if (!price || !usage) return undefined;
    const cached = Math.min(usage.cached ?? 0, usage.input);
    const amount = (usage.input - cached) * price.input + cached * price.cached + usage.output * price.output;
    return Number((amount / PRICED_TOKENS).toPrecision(COST_DIGITS));
  }

  /** Records that content of the response has arrived. */
  progress(now: number): void {
    this.firstAt ??= now;
    this.lastAt = now;
  }
}
