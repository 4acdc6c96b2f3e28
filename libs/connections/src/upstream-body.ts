/**
 * Takes everything that one network read brought. A returned promise means "wait": the backend's socket is not read
 * until it resolves.
 */
export type BatchConsumer = (batch: readonly Uint8Array[]) => Promise<void> | undefined;

/** The socket behind a body, as far as the reader may steer it. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** A batch has come. */
  onBatch(): void;
  /** The rest is not wanted: the socket is closed. */
  discard(): void;
}

/**
 * The body of an answer, pushed through in batches. Pieces that arrive in the same tick leave as one batch, so the stages
 * behind work once per network read, and no promise is made per token.
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

  /** Something has come, or the end. */
  get hasFirstByte(): boolean {
    return this.queue.length > 0 || this.state === 'ended';
  }

  /**
   * Until the first piece or the end has come, `ms` milliseconds at most.
   * @throws what made the body break off before that
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

  /** @throws what made the body break off, or what the consumer threw (the socket is closed then) */
  forEachBatch(consume: BatchConsumer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.consume = consume;
      this.settle = { resolve, reject };
      this.flush();
    });
  }

  /** The whole body, or its first `limit` bytes; the rest is not fetched. */
  async text(limit: number): Promise<string> {
    const parts: Uint8Array[] = [];
    let size = 0;
    await this.forEachBatch((batch) => {
      for (const part of batch) {
        parts.push(part);
        size += part.length;
      }
      if (size > limit) this.stop();
      return undefined;
    });
    return Buffer.concat(parts).subarray(0, limit).toString('utf8');
  }

  /** Ends the reading as if the body had ended here, and closes the socket if it has not. */
  stop(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    this.source.discard();
    this.scheduleFlush();
  }

  /** For the transport: a piece arrived. */
  push(piece: Uint8Array): void {
    if (this.state !== 'open') return;
    this.queue.push(piece);
    if (this.queue.length === 1) this.source.onBatch();
    this.onFirstByte?.();
    this.scheduleFlush();
  }

  /** For the transport: the body is complete. */
  end(): void {
    if (this.state === 'open') this.state = 'ended';
    this.onFirstByte?.();
    this.scheduleFlush();
  }

  /** For the transport: the body broke off; what arrived before is still handed on. */
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
        const pending = this.consume(batch);
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
