import { tokenize } from '../text/tokens.js';
import type { AnswerCall } from './tool-calls.js';

/** What a model wants to say, in tokens, before and after limits cut it. */
export interface Draft {
  reasoning: string[];
  text: string[];
  calls: AnswerCall[];
}

/** The text up to the first stop sequence. */
export function cutAtStop(tokens: string[], stops: string[]): string[] {
  if (stops.length === 0) return tokens;
  const text = tokens.join('');
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length === 0 ? tokens : tokenize(text.slice(0, Math.min(...places)));
}

/** The draft shortened to a number of tokens, and whether that took something away. */
export function cutAtLength(draft: Draft, maxTokens: number | undefined): { draft: Draft; cut: boolean } {
  if (maxTokens === undefined || countDraft(draft) <= maxTokens) return { draft, cut: false };
  let left = maxTokens;
  const take = (tokens: string[]): string[] => {
    const taken = tokens.slice(0, left);
    left -= taken.length;
    return taken;
  };
  const reasoning = take(draft.reasoning);
  const text = take(draft.text);
  const calls = draft.calls.flatMap((call) => (left > 0 ? [{ ...call, arguments: take(call.arguments) }] : []));
  return { draft: { reasoning, text, calls }, cut: true };
}

export function countDraft({ reasoning, text, calls }: Draft): number {
  return reasoning.length + text.length + calls.reduce((sum, call) => sum + call.arguments.length, 0);
}
