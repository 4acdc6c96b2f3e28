/** Label values, in the order of the label names. */
type Values = readonly string[];

/** Name, help text and label names of a metric. */
export interface MetricInfo {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/**
 * A counter by label values. Kept here because prom-client takes tens of milliseconds to import and some microseconds for
 * each observation; it reads the values at a scrape.
 */
export class CounterSeries {
  private readonly children = new Map<string, { readonly values: Values; count: number }>();

  constructor(readonly info: MetricInfo) {}

  /** Ignores amounts that are not a count: one of them would end the exposition of the whole registry. */
  add(amount: number, ...values: string[]): void {
    if (!isCount(amount)) return;
    const key = values.join('\n');
    const child = this.children.get(key);
    if (child) child.count = Math.min(child.count + amount, Number.MAX_VALUE);
    else this.children.set(key, { values, count: amount });
  }

  *[Symbol.iterator](): Iterator<readonly [Values, number]> {
    for (const { values, count } of this.children.values()) yield [values, count];
  }
}

/** An observation that has a trace. */
export interface Exemplar {
  readonly traceId: string;
  readonly value: number;
  /** Seconds since 1970. */
  readonly time: number;
}

export interface HistogramChild {
  readonly values: Values;
  /** Observations in each bucket, not cumulative; the last bucket is above the highest bound. */
  readonly counts: Float64Array;
  /** The last one in each bucket; only those of traced requests. */
  exemplars?: (Exemplar | undefined)[];
  sum: number;
}

export class HistogramSeries {
  private readonly children = new Map<string, HistogramChild>();

  constructor(
    readonly info: MetricInfo,
    /** Ascending. */
    readonly bounds: readonly number[],
  ) {}

  /** Ignores values that cannot be summed. */
  observe(value: number, ...values: string[]): void {
    this.observeTraced(undefined, value, ...values);
  }

  /** @param traceId of a trace that is exported; undefined: none */
  observeTraced(traceId: string | undefined, value: number, ...values: string[]): void {
    if (!isCount(value)) return;
    const key = values.join('\n');
    let child = this.children.get(key);
    if (!child) {
      child = { values, counts: new Float64Array(this.bounds.length + 1), sum: 0 };
      this.children.set(key, child);
    }
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    child.counts[at] = (child.counts[at] ?? 0) + 1;
    child.sum = Math.min(child.sum + value, Number.MAX_VALUE);
    if (traceId !== undefined) (child.exemplars ??= [])[at] = { traceId, value, time: secondsSince1970() };
  }

  [Symbol.iterator](): Iterator<HistogramChild> {
    return this.children.values();
  }
}

function secondsSince1970(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** Values may originate from an upstream's JSON, where the declared type is not certain. */
function isCount(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}
