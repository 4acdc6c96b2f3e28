/**
 * Receives the chunks of one network read. A returned promise applies back-pressure: the socket is not read until it
 * resolves.
 * @param isLast true if the body ends with this batch; its end may also come later, without one
 */
export type BatchConsumer = (batch: readonly Uint8Array[], isLast?: boolean) => Promise<void> | undefined;

/** What a body controls of its socket. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** The first chunk of a batch arrived. */
  onBatch(): void;
  /** The rest of the body is not needed: closes the socket. */
  discard(): void;
}

/**
 * The body of a response, delivered in batches. Chunks that arrive in the same tick form one batch, so consumers run once
 * per network read and no promise is created per token.
 */
export class UpstreamBody {
  private queue: Uint8Array[] = [];
  private consume: BatchConsumer | undefined;
  private settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  private state: 'open' | 'ended' | 'failed' = 'open';
  private failure: Error | undefined;
  private isFlushScheduled = false;
  private isPaused = false;
  private onFirstByte: ((failure?: Error) => void) | undefined;

  constructor(private readonly source: BodySource) {}

  /** A chunk, or the end of the body, has arrived. */
  get hasFirstByte(): boolean {
    return this.queue.length > 0 || this.state === 'ended';
  }

  /**
   * Resolves when the first chunk or the end has arrived, after `ms` milliseconds at the latest.
   * @throws the error that ended the body before that
   */
  waitForFirstByte(ms: number): Promise<void> | undefined {
    if (this.hasFirstByte) return undefined;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      this.onFirstByte = (failure) => {
        this.onFirstByte = undefined;
        clearTimeout(timer);
        if (failure) reject(failure);
        else resolve();
      };
      if (this.failure) this.onFirstByte(this.failure);
    });
  }

  /**
   * @param toFailure what a failure becomes
   * @throws the error that ended the body early, or the consumer's own, after which the socket is closed
   */
  forEachBatch(consume: BatchConsumer, toFailure?: (error: unknown) => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      this.consume = consume;
      this.settle = { resolve, reject: toFailure ? (error) => reject(toFailure(error)) : reject };
      this.flush();
    });
  }

  /** The whole body, or its first `limit` bytes; the rest is not read. */
  async text(limit: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    await this.forEachBatch((batch) => {
      for (const chunk of batch) {
        chunks.push(chunk);
        size += chunk.length;
      }
      if (size > limit) this.stop();
      return undefined;
    });
    return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
  }

  /** Ends the body here; closes the socket unless the response was complete. */
  stop(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    this.source.discard();
    this.scheduleFlush();
  }

  /** Called by the transport for each chunk. */
  push(chunk: Uint8Array): void {
    if (this.state !== 'open') return;
    this.queue.push(chunk);
    if (this.queue.length === 1) this.source.onBatch();
    this.onFirstByte?.();
    this.scheduleFlush();
  }

  /** Called by the transport when the body is complete. */
  end(): void {
    if (this.state === 'open') this.state = 'ended';
    this.onFirstByte?.();
    this.scheduleFlush();
  }

  /** Called by the transport when the body ended early; chunks that arrived before are still delivered. */
  fail(error: Error): void {
    if (this.state !== 'open') return;
    this.state = 'failed';
    this.failure = error;
    this.onFirstByte?.(this.queue.length === 0 ? error : undefined);
    this.scheduleFlush();
  }

  private scheduleFlush(): void {
    if (this.isFlushScheduled || !this.consume || this.isPaused) return;
    this.isFlushScheduled = true;
    queueMicrotask(() => {
      this.isFlushScheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.isPaused || !this.consume) return;
    if (this.queue.length > 0) {
      const batch = this.queue;
      this.queue = [];
      try {
        const pending = this.consume(batch, this.state === 'ended');
        if (pending) {
          this.pauseUntil(pending);
          return;
        }
      } catch (error) {
        this.failConsumer(error);
        return;
      }
    }
    if (this.state === 'ended') this.settle?.resolve();
    if (this.state === 'failed') this.settle?.reject(this.failure);
  }

  private pauseUntil(pending: Promise<void>): void {
    this.isPaused = true;
    this.source.pause();
    pending.then(
      () => {
        this.isPaused = false;
        if (this.state === 'open') this.source.resume();
        this.flush();
      },
      (error: unknown) => {
        this.isPaused = false;
        this.failConsumer(error);
      },
    );
  }

  private failConsumer(error: unknown): void {
    this.consume = undefined;
    this.queue = [];
    this.settle?.reject(error);
    this.stop();
  }
}
