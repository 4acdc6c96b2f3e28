import type { Request } from 'express';
import { OverloadedError } from '#errors';

/** Between two samples. */
const SAMPLE_INTERVAL_MS = 500;

/**
 * Weight of the latest sample, and its maximum as a multiple of the limit. Their product is below 1, so a single stall
 * never refuses a request.
 */
const SAMPLE_WEIGHT = 0.3;
const MAX_SAMPLE = 3;

/** The lag of the event loop, smoothed. Times are monotonic milliseconds. */
export class LagMeter {
  private smoothed = 0;
  private expected: number;

  constructor(
    private readonly limitMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.expected = now() + SAMPLE_INTERVAL_MS;
  }

  /** Starts sampling. @returns a function that stops it */
  start(): () => void {
    const timer = setInterval(() => this.sample(), SAMPLE_INTERVAL_MS).unref();
    return () => clearInterval(timer);
  }

  /** To be called every 500 ms; its delay is the lag. */
  sample(): void {
    const now = this.now();
    const lag = Math.min(Math.max(0, now - this.expected), MAX_SAMPLE * this.limitMs);
    this.smoothed += SAMPLE_WEIGHT * (lag - this.smoothed);
    this.expected = now + SAMPLE_INTERVAL_MS;
  }

  get isOverloaded(): boolean {
    return this.smoothed > this.limitMs;
  }
}

/** Refuses new requests, in Ollama's words, while the event loop lags; running ones and probes go on. */
export function refuseOverload(meter: LagMeter) {
  return ({ routeInfo }: Pick<Request, 'routeInfo'>): boolean => {
    if (meter.isOverloaded && !routeInfo.isOperational) throw new OverloadedError();
    return true;
  };
}
