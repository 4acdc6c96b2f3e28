export interface RedisReport {
  readonly status: 'up' | 'down';
  /** Whatever else is worth knowing. */
  readonly [more: string]: unknown;
}

/** What health and readiness tell of Redis, where it is configured. */
export interface RedisState {
  describe(): RedisReport | Promise<RedisReport>;
}

/** Injection token of a RedisState; absent without Redis. */
export const REDIS_STATE = Symbol('redis state');
