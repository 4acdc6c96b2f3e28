/**
 * What is counted where it happens, as plain numbers: who counts pays an addition, and whoever shows the numbers reads
 * them when asked. One for each application.
 */
export class Counters {
  /** By limit, decision and backend, one below the other in the key. */
  private readonly decisions = new Map<string, number>();
  /** Refused keys by reason. */
  readonly authFailures = new Map<string, number>();
  redisErrors = 0;
  /** Answers that a shutdown cut short. */
  drainAborted = 0;

  /** All three come from closed lists: `backend` is `redis` or `local`. */
  countDecision(limit: string, decision: string, backend: string): void {
    add(this.decisions, `${limit}\n${decision}\n${backend}`);
  }

  /** `reason` comes from a closed list. */
  countAuthFailure(reason: string): void {
    add(this.authFailures, reason);
  }

  /** Limit, decision, backend and how often. */
  *rateLimitDecisions(): Iterable<[limit: string, decision: string, backend: string, count: number]> {
    for (const [key, count] of this.decisions) {
      const [limit = '', decision = '', backend = ''] = key.split('\n');
      yield [limit, decision, backend, count];
    }
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
