import type { OllamaLogprob, OpenAiChoice, OpenAiLogprob } from '#contracts';

const utf8 = new TextEncoder();

/** The logprobs of a choice in Ollama's form, each with at most `alternatives` others (protocol W33). */
export function toOllamaLogprobs(choice: OpenAiChoice, alternatives: number): OllamaLogprob[] {
  const { content, tokens, token_logprobs: values } = choice.logprobs ?? {};
  if (content) return content.map((entry) => toOllamaLogprob(entry, alternatives));
  if (!tokens) return [];
  return tokens.map((token, index) => toOllamaLogprob({ token, logprob: values?.[index] }, 0));
}

function toOllamaLogprob(entry: OpenAiLogprob, alternatives: number): OllamaLogprob {
  const token = entry.token ?? '';
  const bytes = entry.bytes ?? [...utf8.encode(token)];
  const others = (entry.top_logprobs ?? []).slice(0, alternatives).map((other) => toOllamaLogprob(other, 0));
  return {
    token,
    logprob: entry.logprob ?? 0,
    ...(bytes.length > 0 && { bytes }),
    ...(others.length > 0 && { top_logprobs: others }),
  };
}
