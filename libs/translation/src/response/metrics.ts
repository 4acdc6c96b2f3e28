import type { OllamaMetrics } from '#contracts';
import type { CompletionEnd } from './completion-assembler.js';
import type { TokenCounts } from './usage.js';

/** In milliseconds of one clock. */
export interface CompletionTimes {
  /** The client's request arrived. */
  readonly received: number;
  /** It was sent to the upstream. */
  readonly sent: number;
  /** The first text arrived; absent for a response that came whole. */
  readonly firstText?: number;
  readonly ended: number;
}

const NANOSECONDS = 1e6;

/**
 * The metrics of the last object (protocol W18): the upstream's own durations where it sends them, else those
 * measured here. A response that came whole has no measurable prompt evaluation; all its time counts as evaluation.
 */
export function toMetrics(end: CompletionEnd, times: CompletionTimes, promptEstimate: number): OllamaMetrics {
  const { promptMs, completionMs } = end.times;
  const firstText = times.firstText ?? times.sent;
  const counts: TokenCounts = end.counts ?? { prompt: promptEstimate, completion: end.deltas };
  const cached = counts.details?.cached;
  return {
    total_duration: toNanoseconds(times.ended - times.received),
    load_duration: toNanoseconds(times.sent - times.received),
    ...(counts.prompt > 0 && { prompt_eval_count: counts.prompt }),
    ...(cached !== undefined && { prompt_eval_cached_count: cached }),
    prompt_eval_duration: toNanoseconds(promptMs ?? firstText - times.sent),
    ...(counts.completion > 0 && { eval_count: counts.completion }),
    eval_duration: toNanoseconds(completionMs ?? times.ended - firstText),
  };
}

/** An integer above zero: clients divide by durations and reject fractions (protocol C16). */
export function toNanoseconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds * NANOSECONDS));
}
