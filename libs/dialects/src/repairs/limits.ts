/** The fields that limit the tokens of an answer, under the names that upstreams use. */
export const TOKEN_LIMIT_FIELDS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;

/** The token counts that a rejection names; fields are absent for those that it does not name. */
export interface TokenNumbers {
  /** Most tokens of an answer. */
  readonly maxOutput?: number;
  /** Prompt and answer together. */
  readonly context?: number;
  readonly prompt?: number;
}

const NUMBER = String.raw`(\d[\d,_]*)`;
const pattern = (text: string): RegExp => new RegExp(text.replaceAll('#', NUMBER), 'i');

const MAX_OUTPUT = [
  pattern('at most # (?:completion |output )?tokens'),
  pattern('(?:less than or equal to|<=|≤|up to|no more than|not exceed|cannot exceed|at most) #'),
  pattern('max_(?:completion_|output_)?tokens: \\d+ > #'),
  pattern('maximum (?:allowed )?(?:number of )?(?:output|completion)[^.\\d]{0,40}?#'),
  pattern('\\[\\s*[01]\\s*,\\s*#\\s*\\]'),
  pattern('range of [^\\d]{0,30}\\[?[01]\\s*(?:,|-|to|and)\\s*#'),
  pattern('(?:must|should) be (?:between|in)\\D{0,20}\\d+\\D{1,10}#'),
];
const CONTEXT = [
  pattern(
    '(?:maximum context length|context (?:length|window|size)|n_ctx|max_model_len|token limit|maximum (?:prompt|input) length)\\D{0,30}#',
  ),
  pattern('# tokens? (?:context|limit|maximum)'),
  pattern('> #(?: maximum)?'),
  pattern('exceeds? (?:the )?(?:available |maximum |model.s )?\\D{0,40}#'),
];
const PROMPT = [
  pattern(
    '(?:request has|requested|prompt (?:contains|has|is too long:|is)|input (?:has|length|tokens?)|resulted in|n_prompt_tokens\\W+)\\D{0,12}#',
  ),
  pattern('# (?:input |prompt )?tokens (?:in|from) (?:the )?(?:messages|prompt|input)'),
  pattern('\\(# tokens\\)'),
  pattern('\\(# in (?:the|your) (?:messages|prompt|input)'),
];

/** Reads the numbers of a rejection. Numbers that contradict each other are dropped by the caller, not here. */
export function readTokenNumbers(text: string): TokenNumbers {
  const maxOutput = find(MAX_OUTPUT, text);
  const context = find(CONTEXT, text);
  const prompt = find(PROMPT, text);
  return {
    ...(maxOutput !== undefined && { maxOutput }),
    ...(context !== undefined && { context }),
    ...(prompt !== undefined && { prompt }),
  };
}

function find(patterns: readonly RegExp[], text: string): number | undefined {
  for (const each of patterns) {
    const found = each.exec(text)?.[1];
    const value = found === undefined ? Number.NaN : Number(found.replace(/[,_]/g, ''));
    if (Number.isSafeInteger(value) && value > 0) return value;
  }
  return undefined;
}

/**
 * A smaller limit on the answer's tokens after a rejection of `requested`: the limit in the text, or what the context has
 * left beside the prompt. Undefined when the text gives no number: the caller then leaves the limit out.
 */
export function clampedLimit(requested: number, { maxOutput, context, prompt }: TokenNumbers): number | undefined {
  const left = context !== undefined && prompt !== undefined ? context - prompt : undefined;
  const candidates = [left, maxOutput].filter(
    (value): value is number => value !== undefined && value > 0 && value < requested,
  );
  return candidates.length === 0 ? undefined : Math.min(...candidates);
}
