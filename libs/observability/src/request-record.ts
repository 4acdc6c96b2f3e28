/** Tokens of one call, as the backend counted them. */
export interface CallUsage {
  readonly input: number;
  readonly output: number;
  /** Part of `output`. */
  readonly reasoning?: number;
  /** Part of `input`. */
  readonly cached?: number;
}

/** One call of a backend, as traces tell it. Times are monotonic milliseconds. */
export interface Attempt {
  readonly upstream: string;
  /** Calls for the same thing before this one, at whatever backend. */
  readonly resends: number;
  readonly sentAt: number;
  /** What tells the backend of its span. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the backend accepted it, or it failed before that. */
  acceptedAt?: number;
  failedAt?: number;
  failure?: unknown;
}

/**
 * What is known of one request, written down on its way and read when it is over: by the access log, metrics, limits and
 * traces. Plain fields, so that it costs next to nothing when nobody reads it. All times are monotonic milliseconds.
 */
export class RequestRecord {
  /** A name that some list or rule has, or "other"; "" for calls without a model. */
  model = '';
  /** The backend that answered, or was tried last. */
  upstream = '';
  /** The request goes to a backend's model, and how it was asked for. */
  streamed = false;
  /** Calls of backends beyond the first. */
  retries = 0;
  /** Spent waiting for a free place at a backend. */
  queuedMs = 0;
  /** When the call that succeeded went out, and when the backend accepted it. */
  sentAt: number | undefined;
  acceptedAt: number | undefined;
  /** First and last piece of the answer that held something. */
  firstAt: number | undefined;
  lastAt: number | undefined;
  usage: CallUsage | undefined;
  /** Why it failed, also when that was after the first byte and the status says 200. */
  failure: Error | undefined;
  /** Id of the trace it belongs to, and what tells backends of it; absent without tracing. */
  traceId: string | undefined;
  traceHeaders: Readonly<Record<string, string>> | undefined;
  /** Writes down a call of a backend; absent where nothing is traced, and what only traces tell is then not looked for. */
  beginAttempt: ((upstream: string, resends: number) => Attempt) | undefined;
  /** As the backend told them. */
  finishReasons: readonly string[] = [];
  responseModel = '';
  /** Somebody wants `usage` even where the body is passed on unread. */
  wantsUsage = false;

  constructor(
    readonly id: string,
    readonly received: number,
  ) {}

  /** Something of the answer has come. */
  progress(now: number): void {
    this.firstAt ??= now;
    this.lastAt = now;
  }
}
