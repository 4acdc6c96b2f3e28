import type { StorageReply, StorageRequest } from '#model-store';

/** One metric of a worker, as prom-client writes it in JSON. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** prom-client's name of the function that combines the values of several workers. */
  readonly aggregator: string;
  readonly values: readonly MetricSample[];
}

export interface MetricSample {
  readonly value: number;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  /** Name of a part of a histogram; absent where it is the metric's own. */
  readonly metricName?: string;
}

/** All metrics of one worker. */
export type Report = readonly Metric[];

/** Messages from the primary to a worker. The channel also carries those of rate-limiter-flexible, which have no `kind`. */
export type ToWorker =
  | { readonly kind: 'stop'; readonly signal: NodeJS.Signals }
  /** Requests a report. */
  | { readonly kind: 'requestReport'; readonly id: number }
  /** The reports of all workers, for the worker that requested them. */
  | { readonly kind: 'reports'; readonly id: number; readonly reports: readonly Report[] }
  | StorageReply;

/** Messages from a worker to the primary. Each side numbers its own requests. */
export type ToPrimary =
  | { readonly kind: 'ready' }
  /** Requests the reports of all workers. */
  | { readonly kind: 'requestReports'; readonly id: number }
  | { readonly kind: 'report'; readonly id: number; readonly report: Report }
  | StorageRequest;
