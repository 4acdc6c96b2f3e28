import type { LimitSettings } from '#config';
import { ProxyException, RateLimitError } from '#errors';
import type { Counters, RedisReport } from '#observability';
import type { RedisConnection } from './redis-connection.js';
import type { Limit, Taken, WindowStore } from './window-store.js';

/** A minute is what limits of tokens, and those of keys, are for. */
const MINUTE = 60;

/** What a caller has of its own; the general limits stand in for what is absent. */
export interface OwnLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

/** How one limit stands after a request, for its headers. */
export interface LimitState {
  readonly kind: Limit['kind'];
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** Tokens that were taken before a call, to be corrected when their number is known. */
export interface Reservation {
  readonly caller: string;
  readonly limit: Limit;
  readonly points: number;
  readonly store: WindowStore | RedisConnection;
  /** End of the window they were taken from, in monotonic milliseconds. */
  readonly endsAt: number;
}

export interface RateLimitResult {
  readonly states: readonly LimitState[];
  readonly reservation: Reservation | undefined;
  /** Why the request has to be refused; absent: it may go on. */
  readonly refusal: ProxyException | undefined;
}

/** One limit's decision; without a state nothing was counted. */
interface Decision {
  readonly admitted: boolean;
  readonly state?: LimitState;
  readonly taken?: Reservation;
}

/** Decides how much a caller may ask for. */
export class RateLimits {
  constructor(
    private readonly settings: LimitSettings,
    private readonly counters: Pick<Counters, 'countDecision'>,
    private readonly local: WindowStore,
    private readonly redis?: RedisConnection,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param tokens expected to be used; 0 for requests that use none */
  async admit(caller: string, own: OwnLimits, tokens: number): Promise<RateLimitResult> {
    const asked = this.limitsOf(own).flatMap((limit) => {
      // What is more than a whole window holds is admitted when the window is empty, and charged in full afterwards.
      const points = limit.kind === 'requests' ? 1 : Math.min(tokens, limit.points);
      return points > 0 ? [{ limit, points }] : [];
    });
    // At once, so that a slow Redis is waited for once.
    const decisions = await Promise.all(asked.map(({ limit, points }) => this.decide(caller, limit, points)));
    const states = decisions.flatMap(({ state }) => state ?? []);
    const refused = decisions.find(({ admitted }) => !admitted);
    if (!refused) return { states, reservation: findTokens(decisions), refusal: undefined };
    // All or none.
    await Promise.all(decisions.flatMap(({ taken }) => (taken ? [this.settle(taken, 0)] : [])));
    return { states, reservation: undefined, refusal: refusalOf(refused) };
  }

  /** Never fails: what Redis does not take is lost, and its window ends within a minute. */
  async settle({ caller, limit, points, store, endsAt }: Reservation, used: number): Promise<void> {
    const difference = used - points;
    if (difference === 0 || (difference < 0 && this.now() >= endsAt)) return;
    await store.settle(caller, limit, difference);
  }

  /** Of the shared store. */
  state(): 'up' | 'degraded' | 'off' {
    if (!this.redis) return 'off';
    return this.redis.describe().status === 'up' ? 'up' : 'degraded';
  }

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
        : { kind: 'requests', points: requestsPerMinute, windowSeconds: MINUTE },
      { kind: 'tokens', points: tokensPerMinute ?? generalTokens, windowSeconds: MINUTE },
    ];
    return limits.filter(({ points }) => points > 0);
  }

  private async decide(caller: string, limit: Limit, points: number): Promise<Decision> {
    if (!this.redis) return this.decideAt(this.local, 'local', caller, limit, points);
    const taken = await this.redis.take(caller, limit, points);
    if (taken) return this.toDecision(taken, this.redis, 'redis', caller, limit, points);
    const { onRedisError, replicas } = this.settings;
    if (onRedisError === 'local') {
      const share = { ...limit, points: Math.max(1, Math.floor(limit.points / replicas)) };
      return this.decideAt(this.local, 'local', caller, share, Math.min(points, share.points));
    }
    const admitted = onRedisError === 'open';
    this.counters.countDecision(limit.kind, admitted ? 'allowed' : 'refused', 'local');
    return { admitted };
  }

  private async decideAt(
    store: WindowStore,
    backend: 'local',
    caller: string,
    limit: Limit,
    points: number,
  ): Promise<Decision> {
    return this.toDecision(await store.take(caller, limit, points), store, backend, caller, limit, points);
  }

  private toDecision(
    { admitted, remaining, resetMs }: Taken,
    store: Reservation['store'],
    backend: 'redis' | 'local',
    caller: string,
    limit: Limit,
    points: number,
  ): Decision {
    this.counters.countDecision(limit.kind, admitted ? 'allowed' : 'refused', backend);
    const state = { kind: limit.kind, limit: limit.points, remaining, resetMs };
    if (!admitted) return { admitted, state };
    return { admitted, state, taken: { caller, limit, points, store, endsAt: this.now() + resetMs } };
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
