import type { OllamaMetrics } from '#contracts';
import type { AnswerEnd } from './upstream-answer.js';

/** When things happened, in milliseconds of one clock. */
export interface AnswerTimes {
  /** The request was here. */
  readonly received: number;
  /** It was sent to the backend. */
  readonly sent: number;
  /** The first text came back; absent for an answer that came whole. */
  readonly firstText?: number;
  readonly ended: number;
}

const NANOSECONDS = 1e6;

/**
 * The metrics of the last object (contract §1.1, §2.11): the backend's own durations where it tells them, else what was
 * measured here. An answer that came whole shows no border between reading and writing; all of its time is evaluation.
 */
export function toMetrics(end: AnswerEnd, times: AnswerTimes, promptEstimate: number): OllamaMetrics {
  const { promptMs, completionMs } = end.times;
  const firstText = times.firstText ?? times.sent;
  const counts = end.counts ?? { prompt: promptEstimate, completion: end.deltas };
  return {
    total_duration: toNanoseconds(times.ended - times.received),
    load_duration: toNanoseconds(times.sent - times.received),
    ...(counts.prompt > 0 && { prompt_eval_count: counts.prompt }),
    prompt_eval_duration: toNanoseconds(promptMs ?? firstText - times.sent),
    ...(counts.completion > 0 && { eval_count: counts.completion }),
    eval_duration: toNanoseconds(completionMs ?? times.ended - firstText),
  };
}

/** Integers above zero: clients divide by them and refuse fractions (clients §3). */
export function toNanoseconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds * NANOSECONDS));
}
