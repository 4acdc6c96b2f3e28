import { isRecord } from '#primitives';
import { stringOf } from '../json.js';
import type { JsonObject } from '../json.js';
import type { Language } from '../text/word-salad.js';
import { salad } from '../text/word-salad.js';
import type { Random } from '../text/random.js';
import { tokenize } from '../text/tokens.js';
import type { ChatRequest } from './chat-request.js';

const SENTENCES_BY_EFFORT: Record<string, number> = { minimal: 1, low: 1, medium: 3, high: 6, xhigh: 8, max: 8 };

/** Whether the request switches reasoning off in a way that upstreams know. */
export function isReasoningOff(body: JsonObject): boolean {
  return (
    effort(body) === 'none' ||
    (isRecord(body.chat_template_kwargs) &&
      (body.chat_template_kwargs.enable_thinking === false || body.chat_template_kwargs.thinking === false)) ||
    (isRecord(body.thinking) && body.thinking.type === 'disabled') ||
    (isRecord(body.reasoning) && body.reasoning.enabled === false) ||
    body.enable_thinking === false
  );
}

/** Made-up reasoning, longer with more effort. */
export function makeReasoning({ body, lastUserText }: ChatRequest, random: Random, language: Language): string[] {
  const sentences = SENTENCES_BY_EFFORT[effort(body) ?? 'medium'] ?? 3;
  return tokenize(
    `The user wrote ${lastUserText.length} characters. Let me think. ${salad(sentences, random, language)}`,
  );
}

function effort(body: JsonObject): string | undefined {
  const { reasoning } = body;
  return stringOf(body.reasoning_effort) ?? (isRecord(reasoning) ? stringOf(reasoning.effort) : undefined);
}
