import type { IdGenerator } from '@opentelemetry/sdk-trace';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';

/** Random ids, but for a span whose id had to be told to somebody before it was written. */
export class PlannedIds implements IdGenerator {
  private readonly random = new RandomIdGenerator();
  private planned: string | undefined;

  /** The next span gets this id. */
  planSpanId(id: string): void {
    this.planned = id;
  }

  generateTraceId(): string {
    return this.random.generateTraceId();
  }

  generateSpanId(): string {
    const id = this.planned ?? this.random.generateSpanId();
    this.planned = undefined;
    return id;
  }
}
