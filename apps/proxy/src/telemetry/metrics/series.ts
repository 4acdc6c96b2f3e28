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
  private readonly children = new Map<string, CounterChild>();

  constructor(readonly info: MetricInfo) {}

  /** The counter of these values, to be kept where requests need it again and again. It is shown once it has counted. */
  of(...values: string[]): CounterChild {
    const key = values.join('\n');
    let child = this.children.get(key);
    if (!child) this.children.set(key, (child = new CounterChild(values)));
    return child;
  }

  add(amount: number, ...values: string[]): void {
    this.of(...values).add(amount);
  }

  *[Symbol.iterator](): Iterator<readonly [Values, number]> {
    for (const { values, count, isUsed } of this.children.values()) if (isUsed) yield [values, count];
  }
}

export class CounterChild {
  count = 0;
  isUsed = false;

  constructor(readonly values: Values) {}

  /** Ignores amounts that are not a count: one of them would end the exposition of the whole registry. */
  add(amount: number): void {
    if (!isCount(amount)) return;
    this.isUsed = true;
    this.count = Math.min(this.count + amount, Number.MAX_VALUE);
  }
}

export class HistogramSeries {
  private readonly children = new Map<string, HistogramChild>();

  constructor(
    readonly info: MetricInfo,
    /** Ascending. */
    readonly bounds: readonly number[],
  ) {}

  /** As `of` of a CounterSeries. */
  of(...values: string[]): HistogramChild {
    const key = values.join('\n');
    let child = this.children.get(key);
    if (!child) this.children.set(key, (child = new HistogramChild(values, this.bounds)));
    return child;
  }

  observe(value: number, ...values: string[]): void {
    this.of(...values).observe(value);
  }

  /** @param traceId of a trace that is exported; undefined: none */
  observeTraced(traceId: string | undefined, value: number, ...values: string[]): void {
    this.of(...values).observe(value, traceId);
  }

  *[Symbol.iterator](): Iterator<HistogramChild> {
    for (const child of this.children.values()) if (child.isUsed) yield child;
  }
}

/** An observation that has a trace. */
export interface Exemplar {
  readonly traceId: string;
  readonly value: number;
  /** Seconds since 1970. */
  readonly time: number;
}

export class HistogramChild {
  /** Observations in each bucket, not cumulative; the last bucket is above the highest bound. */
  readonly counts: Float64Array;
  /** The last one in each bucket; only those of traced requests. */
  exemplars: (Exemplar | undefined)[] | undefined;
  sum = 0;
  isUsed = false;

  constructor(
    readonly values: Values,
    private readonly bounds: readonly number[],
  ) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  /**
   * Ignores values that cannot be summed.
   * @param traceId of a trace that is exported; undefined: none
   */
  observe(value: number, traceId?: string): void {
    if (!isCount(value)) return;
    this.isUsed = true;
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum = Math.min(this.sum + value, Number.MAX_VALUE);
    if (traceId !== undefined) (this.exemplars ??= [])[at] = { traceId, value, time: secondsSince1970() };
  }
}

function secondsSince1970(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** Values may originate from an upstream's JSON, where the declared type is not certain. */
function isCount(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}
