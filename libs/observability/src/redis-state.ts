export interface RedisReport {
  readonly status: 'up' | 'down';
  /** Further details for operators. */
  readonly [more: string]: unknown;
}

/** State of Redis for health and readiness. */
export interface RedisState {
  describe(): RedisReport | Promise<RedisReport>;
}

/** Injection token of a RedisState; not provided without Redis. */
export const REDIS_STATE = Symbol('redis state');
