import { Logger } from '@nestjs/common';
import type { LimitSettings } from '#config';
import { ProxyException, RateLimitError } from '#errors';
import type { Counters, RedisReport } from '#observability';
import { toCount } from '#primitives';
import type { RedisConnection } from './redis-connection.js';
import type { Charge, Limit, Taken, WindowStore } from './window-store.js';

/** Window of token limits and of the limits of keys. */
const MINUTE_SECONDS = 60;

/** Shortest time between two log lines about failures of the store. */
const LOG_INTERVAL_MS = 10_000;

/** Limits of one key; the general limits replace those that are undefined. */
export interface OwnLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

/** State of one limit after a request, for the response headers. */
export interface LimitState {
  readonly kind: Limit['kind'];
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** Tokens that were charged before a request, to be corrected when its usage is known. */
export interface Reservation extends Charge {
  readonly store: WindowStore | RedisConnection;
  /** End of the window, in monotonic milliseconds. */
  readonly endsAt: number;
}

export interface RateLimitResult {
  readonly states: readonly LimitState[];
  readonly reservation: Reservation | undefined;
  /** Why the request is rejected; undefined: it is admitted. */
  readonly refusal: ProxyException | undefined;
}

/** Decision of one limit. Without a state nothing was counted. */
interface Decision {
  readonly admitted: boolean;
  readonly state?: LimitState;
  readonly taken?: Reservation;
}

/** Rate limits of requests and tokens per client. */
export class RateLimits {
  private readonly logger = new Logger('Limits');
  private loggedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly settings: LimitSettings,
    private readonly counters: Pick<Counters, 'countDecision' | 'rateLimitErrors'>,
    private readonly local: WindowStore,
    private readonly redis?: RedisConnection,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param tokens estimated usage; 0 for requests that use none */
  async admit(caller: string, own: OwnLimits, tokens: number): Promise<RateLimitResult> {
    const charges = this.limitsOf(own).flatMap((limit) => {
      // A request larger than the limit is admitted if the window is empty, and charged in full afterwards.
      const points = limit.kind === 'requests' ? 1 : Math.min(toCount(tokens), limit.points);
      return points > 0 ? [{ caller, limit, points }] : [];
    });
    // In parallel, so that a slow Redis delays the request once.
    const decisions = await Promise.all(charges.map((charge) => this.decide(charge)));
    const states = decisions.flatMap(({ state }) => state ?? []);
    const refused = decisions.find(({ admitted }) => !admitted);
    if (!refused) return { states, reservation: findTokens(decisions), refusal: undefined };
    // A rejected request consumes none of its limits.
    await Promise.all(decisions.flatMap(({ taken }) => (taken ? [this.settle(taken, 0)] : [])));
    return { states, reservation: undefined, refusal: refusalOf(refused) };
  }

  /** Corrects the charge of a request. Never rejects: a correction that fails is lost, and its window ends within a minute. */
  async settle({ store, endsAt, ...charge }: Reservation, used: number): Promise<void> {
    const difference = toCount(used) - charge.points;
    if (difference === 0 || (difference < 0 && this.now() >= endsAt)) return;
    const correction = { ...charge, points: difference };
    if (store === this.redis) this.mirror(correction);
    await store.settle(correction).catch((error: unknown) => this.onStoreError('a correction was lost', error));
  }

  /** State of the shared store, for health and readiness. */
  describe(): RedisReport {
    const { onRedisError } = this.settings;
    const report = this.redis?.describe() ?? { status: 'up' };
    return report.status === 'up' ? report : { ...report, limits: onRedisError };
  }

  async close(): Promise<void> {
    await this.redis?.close();
  }

  private limitsOf({ requestsPerMinute, tokensPerMinute }: OwnLimits): Limit[] {
    const { requests, windowSeconds, tokensPerMinute: generalTokens } = this.settings;
    const limits: Limit[] = [
      requestsPerMinute === undefined
        ? { kind: 'requests', points: requests, windowSeconds }
        : { kind: 'requests', points: requestsPerMinute, windowSeconds: MINUTE_SECONDS },
      { kind: 'tokens', points: tokensPerMinute ?? generalTokens, windowSeconds: MINUTE_SECONDS },
    ];
    return limits.filter(({ points }) => points > 0);
  }

  private async decide(charge: Charge): Promise<Decision> {
    if (!this.redis) return this.decideLocally(charge);
    const taken = await this.redis.take(charge);
    if (taken) {
      if (taken.admitted) this.mirror(charge);
      return this.toDecision(charge, this.redis, taken);
    }
    const { onRedisError } = this.settings;
    if (onRedisError === 'local') return this.decideLocally(this.shareOf(charge));
    return this.decideUncounted(charge, onRedisError === 'open');
  }

  private async decideLocally(charge: Charge): Promise<Decision> {
    try {
      return this.toDecision(charge, this.local, await this.local.take(charge));
    } catch (error) {
      // The primary process, which counts for several workers, did not answer.
      this.onStoreError('a request could not be checked', error);
      return this.decideUncounted(charge, this.settings.onRedisError === 'open');
    }
  }

  private decideUncounted({ limit }: Charge, admitted: boolean): Decision {
    this.counters.countDecision(limit.kind, admitted ? 'allowed' : 'refused', 'local');
    return { admitted };
  }

  /**
   * Counts locally what Redis counts, so that requests for which Redis is too slow are limited together with those that it
   * admitted. Otherwise a burst could pass the limit twice.
   */
  private mirror(charge: Charge): void {
    if (this.settings.onRedisError !== 'local') return;
    const { limit } = this.shareOf(charge);
    this.local
      .settle({ ...charge, limit })
      .catch((error: unknown) => this.onStoreError('a correction was lost', error));
  }

  private onStoreError(what: string, error: unknown): void {
    this.counters.rateLimitErrors += 1;
    if (this.now() - this.loggedAt < LOG_INTERVAL_MS) return;
    this.loggedAt = this.now();
    this.logger.error({ reason: error instanceof Error ? error.message : String(error) }, `rate limits: ${what}`);
  }

  /** A charge against the part of the limit that this instance may grant without Redis. */
  private shareOf({ caller, limit, points }: Charge): Charge {
    const share = Math.max(1, Math.floor(limit.points / this.settings.replicas));
    return { caller, limit: { ...limit, points: share }, points: Math.min(points, share) };
  }

  private toDecision(charge: Charge, store: Reservation['store'], taken: Taken): Decision {
    const { admitted, remaining } = taken;
    const { kind, points, windowSeconds } = charge.limit;
    // The in-memory counters use the wall clock, which can be set back.
    const resetMs = Math.min(Math.max(0, taken.resetMs), windowSeconds * 1000);
    this.counters.countDecision(kind, admitted ? 'allowed' : 'refused', store === this.redis ? 'redis' : 'local');
    const state = { kind, limit: points, remaining, resetMs };
    if (!admitted) return { admitted, state };
    return { admitted, state, taken: { ...charge, store, endsAt: this.now() + resetMs } };
  }
}

function findTokens(decisions: readonly Decision[]): Reservation | undefined {
  return decisions.find(({ taken }) => taken?.limit.kind === 'tokens')?.taken;
}

function refusalOf({ state }: Decision): ProxyException {
  if (!state) {
    return new ProxyException('rate limits cannot be checked at the moment, please try again', 503, {
      retryAfter: '1',
    });
  }
  const seconds = Math.max(1, Math.ceil(state.resetMs / 1000));
  const what = `${state.limit} ${state.kind}`;
  return new RateLimitError(
    `rate limit reached: ${what} in a window; please try again in ${seconds} s`,
    state.kind,
    state.resetMs,
  );
}
