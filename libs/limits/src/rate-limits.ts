import type { LimitSettings } from '#config';
import { ProxyException, RateLimitError } from '#errors';
import type { Counters, RedisReport } from '#observability';
import type { RedisConnection } from './redis-connection.js';
import type { Charge, Limit, Taken, WindowStore } from './window-store.js';

/** Window of token limits and of the limits of keys. */
const MINUTE_SECONDS = 60;

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
  constructor(
    private readonly settings: LimitSettings,
    private readonly counters: Pick<Counters, 'countDecision'>,
    private readonly local: WindowStore,
    private readonly redis?: RedisConnection,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param tokens estimated usage; 0 for requests that use none */
  async admit(caller: string, own: OwnLimits, tokens: number): Promise<RateLimitResult> {
    const charges = this.limitsOf(own).flatMap((limit) => {
      // A request larger than the limit is admitted if the window is empty, and charged in full afterwards.
      const points = limit.kind === 'requests' ? 1 : Math.min(tokens, limit.points);
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
    const difference = used - charge.points;
    if (difference === 0 || (difference < 0 && this.now() >= endsAt)) return;
    await store.settle({ ...charge, points: difference });
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
    if (!this.redis) return this.toDecision(charge, this.local, await this.local.take(charge));
    const taken = await this.redis.take(charge);
    if (taken) return this.toDecision(charge, this.redis, taken);
    const { onRedisError, replicas } = this.settings;
    const { caller, limit, points } = charge;
    if (onRedisError === 'local') {
      const share = { ...limit, points: Math.max(1, Math.floor(limit.points / replicas)) };
      const local = { caller, limit: share, points: Math.min(points, share.points) };
      return this.toDecision(local, this.local, await this.local.take(local));
    }
    const admitted = onRedisError === 'open';
    this.counters.countDecision(limit.kind, admitted ? 'allowed' : 'refused', 'local');
    return { admitted };
  }

  private toDecision(charge: Charge, store: Reservation['store'], taken: Taken): Decision {
    const { admitted, remaining, resetMs } = taken;
    const { kind, points } = charge.limit;
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
