/** How many points a caller may take within a window that begins with the first one. */
export interface Limit {
  readonly kind: 'requests' | 'tokens';
  readonly points: number;
  readonly windowSeconds: number;
}

/** What came of taking points, and how the window stands then. */
export interface Taken {
  readonly admitted: boolean;
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

/** Counts of callers by limit. A refused taking leaves no trace, and no count falls below zero. */
export interface WindowStore {
  take(caller: string, limit: Limit, points: number): Promise<Taken>;
  /** Corrects what was taken earlier, whatever the limit: more points, or, below zero, some of them back. */
  settle(caller: string, limit: Limit, points: number): Promise<void>;
}
