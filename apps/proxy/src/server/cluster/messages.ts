/** One metric of a worker, as prom-client writes it in JSON. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** How the numbers of several workers become one: prom-client's name of a function. */
  readonly aggregator: string;
  readonly values: readonly MetricSample[];
}

export interface MetricSample {
  readonly value: number;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  /** Where it is not the metric's own: the parts of a histogram. */
  readonly metricName?: string;
}

/** All metrics of one worker. */
export type Report = readonly Metric[];

/** What a primary says to a worker. Channels carry other messages too: those of rate limits have no `kind`. */
export type ToWorker =
  | { readonly kind: 'stop'; readonly signal: NodeJS.Signals }
  /** Asks for a report. */
  | { readonly kind: 'report'; readonly id: number }
  /** The reports of all, for the worker that asked. */
  | { readonly kind: 'reports'; readonly id: number; readonly reports: readonly Report[] };

/** What a worker says to its primary. Each side counts its own ids. */
export type ToPrimary =
  | { readonly kind: 'ready' }
  /** Asks for the reports of all. */
  | { readonly kind: 'ask'; readonly id: number }
  | { readonly kind: 'report'; readonly id: number; readonly report: Report };
