import type { NextFunction, Request, Response } from 'express';
import { OverloadedError } from '#errors';
import { discardBody } from './discard-body.js';
import type { PublicPaths } from '../auth/public-paths.js';

/** Between two looks. */
const SAMPLE_MS = 500;

/** Weight of the latest look, and how many times the limit it counts at most: one stall alone never refuses anybody. */
const SHARE = 0.3;
const LARGEST = 3;

/** How far the process lags behind its own clock, smoothed. Times are monotonic milliseconds. */
export class LagMeter {
  private smoothed = 0;
  private expected: number;

  constructor(
    private readonly limitMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.expected = now() + SAMPLE_MS;
  }

  /** Looks from now on. @returns what ends it */
  start(): () => void {
    const timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
    return () => clearInterval(timer);
  }

  /** To be called every 500 ms; being late is what is measured. */
  sample(): void {
    const now = this.now();
    const lag = Math.min(Math.max(0, now - this.expected), LARGEST * this.limitMs);
    this.smoothed += SHARE * (lag - this.smoothed);
    this.expected = now + SAMPLE_MS;
  }

  get isOverloaded(): boolean {
    return this.smoothed > this.limitMs;
  }
}

/** Turns new requests away while the process cannot keep up, in Ollama's words; running ones and probes go on. */
export function refuseOverload(meter: LagMeter, paths: PublicPaths) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (!meter.isOverloaded || paths.isOperational(request.path)) {
      next();
      return;
    }
    discardBody(request);
    next(new OverloadedError());
  };
}
