/** Counters that libraries increment where an event happens. Metrics read them at a scrape. One instance per process. */
export class Counters {
  /** The key has limit, decision and store, separated by line breaks. */
  private readonly decisions = new Map<string, number>();
  /** Rejected keys by reason. */
  readonly authFailures = new Map<string, number>();
  /** Turns of conversations by what happened to their parts. */
  readonly turns = new Map([
    ['kept', 0],
    ['restored', 0],
    ['too_large', 0],
  ]);
  /** Parts of requests that another server made and that could not be read. */
  readonly unreadable = new Map([
    ['reasoning', 0],
    ['compaction', 0],
  ]);
  redisErrors = 0;
  /** Rate limit checks and corrections that failed. */
  rateLimitErrors = 0;
  /** Responses that a shutdown aborted. */
  drainAborted = 0;

  /** All values come from closed lists; `store` is `redis` or `local`. */
  countDecision(limit: string, decision: string, store: string): void {
    add(this.decisions, `${limit}\n${decision}\n${store}`);
  }

  /** `reason` comes from a closed list. */
  countAuthFailure(reason: string): void {
    add(this.authFailures, reason);
  }

  countTurns(result: 'kept' | 'restored' | 'too_large', count: number): void {
    this.turns.set(result, (this.turns.get(result) ?? 0) + count);
  }

  countUnreadable(part: 'reasoning' | 'compaction'): void {
    add(this.unreadable, part);
  }

  /** Number of decisions by limit, decision and store. */
  *rateLimitDecisions(): Iterable<[limit: string, decision: string, store: string, count: number]> {
    for (const [key, count] of this.decisions) {
      const [limit = '', decision = '', store = ''] = key.split('\n');
      yield [limit, decision, store, count];
    }
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
