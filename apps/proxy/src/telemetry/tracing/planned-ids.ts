import type { IdGenerator } from '@opentelemetry/sdk-trace';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';

/** Random ids, except for spans whose id was reserved before they were created. */
export class PlannedIds implements IdGenerator {
  private readonly random = new RandomIdGenerator();
  private planned: string | undefined;

  /** Gives the next span this id. */
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
