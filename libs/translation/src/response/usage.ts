import type { OpenAiAnswer, OpenAiUsage } from '#contracts';
import { toCount, toDurationMs, tokensOfLength } from '#primitives';

const SECOND_MS = 1000;

/** Integers ≥ 0. */
export interface TokenCounts {
  readonly prompt: number;
  readonly completion: number;
  /** Parts of the two, where the upstream sends them. */
  readonly details?: { readonly cached?: number; readonly reasoning?: number };
}

/** The usage of an event, from any of the fields that upstreams use, unless it counts nothing (protocol D21). */
export function usageIn(answer: OpenAiAnswer): OpenAiUsage | undefined {
  if (countsSomething(answer.usage)) return answer.usage;
  if (countsSomething(answer.x_groq?.usage)) return answer.x_groq.usage;
  const inChoice = answer.choices?.[0]?.usage;
  return countsSomething(inChoice) ? inChoice : undefined;
}

function countsSomething(usage: OpenAiUsage | null | undefined): usage is OpenAiUsage {
  return toCount(usage?.prompt_tokens) > 0 || toCount(usage?.completion_tokens) > 0;
}

/** Some upstreams count reasoning in the total only, not in the completion (protocol D22). */
export function countTokens(usage: OpenAiUsage): TokenCounts {
  const prompt = toCount(usage.prompt_tokens);
  const completion = Math.max(toCount(usage.completion_tokens), toCount(usage.total_tokens) - prompt, 0);
  const given = usage.prompt_tokens_details?.cached_tokens;
  // A count of 0 is known to be 0, unlike one that is missing.
  const cached = typeof given === 'number' ? Math.min(toCount(given), prompt) : undefined;
  const reasoning = toCount(usage.completion_tokens_details?.reasoning_tokens);
  if (cached === undefined && reasoning === 0) return { prompt, completion };
  return {
    prompt,
    completion,
    details: { ...(cached !== undefined && { cached }), ...(reasoning > 0 && { reasoning }) },
  };
}

/** Durations in milliseconds, as the upstream measured them (protocol D23). */
export interface UpstreamTimes {
  readonly promptMs?: number;
  readonly completionMs?: number;
}

/** @param usage of the same event */
export function timesIn(answer: OpenAiAnswer, usage = usageIn(answer)): UpstreamTimes | undefined {
  if (answer.timings) return toTimes(answer.timings.prompt_ms, answer.timings.predicted_ms, 1);
  if (usage?.completion_time) return toTimes(usage.prompt_time, usage.completion_time, SECOND_MS);
  if (answer.time_info) return toTimes(answer.time_info.prompt_time, answer.time_info.completion_time, SECOND_MS);
  return undefined;
}

function toTimes(prompt: unknown, completion: unknown, unitMs: number): UpstreamTimes {
  const promptMs = toDurationMs(prompt, unitMs);
  const completionMs = toDurationMs(completion, unitMs);
  return { ...(promptMs !== undefined && { promptMs }), ...(completionMs !== undefined && { completionMs }) };
}

/** Some upstreams count tokens in their timings (protocol D23) even where no usage was requested. */
export function timedCountsIn({ timings }: OpenAiAnswer): TokenCounts | undefined {
  const completion = toCount(timings?.predicted_n);
  if (completion === 0) return undefined;
  const cached = typeof timings?.cache_n === 'number' ? toCount(timings.cache_n) : undefined;
  const prompt = (cached ?? 0) + toCount(timings?.prompt_n);
  return { prompt, completion, ...(cached !== undefined && { details: { cached } }) };
}

/** With longer deltas an upstream joins tokens; one token hardly ever has more. */
const MAX_CHARACTERS_PER_DELTA = 8;

/** Tokens of a text that came in so many deltas, where the upstream does not count: most send one token in each. */
export function estimateTokens(deltas: number, characters: number): number {
  return characters > MAX_CHARACTERS_PER_DELTA * deltas ? tokensOfLength(characters) : deltas;
}
