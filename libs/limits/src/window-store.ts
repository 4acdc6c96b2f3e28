/** Points per client within a window, which begins with the first request. */
export interface Limit {
  readonly kind: 'requests' | 'tokens';
  readonly points: number;
  readonly windowSeconds: number;
}

/** Points of one client against one limit. */
export interface Charge {
  readonly caller: string;
  readonly limit: Limit;
  readonly points: number;
}

/** Outcome of taking points, and the state of the window afterwards. */
export interface Taken {
  readonly admitted: boolean;
  readonly remaining: number;
  /** Time until the window ends. */
  readonly resetMs: number;
}

/** Counts per client and limit. A rejected request is not counted, and no count falls below zero. */
export interface WindowStore {
  take(charge: Charge): Promise<Taken>;
  /** Corrects an earlier charge, regardless of the limit: adds points, or gives some back if negative. */
  settle(charge: Charge): Promise<void>;
}
