/** The fields that limit the tokens of an answer, under the names that upstreams use. */
export const TOKEN_LIMIT_FIELDS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;

/** The token counts that a rejection names; fields are absent for those that it does not name. */
export interface TokenNumbers {
  /** Most tokens of an answer. */
  readonly maxOutput?: number;
  /** Most tokens of prompt and answer together. */
  readonly context?: number;
  /** Tokens of the prompt. */
  readonly prompt?: number;
  /** Tokens of the prompt and of the requested answer together. */
  readonly total?: number;
}

const NUMBER = String.raw`(\d[\d,_]*)`;
const pattern = (text: string): RegExp => new RegExp(text.replaceAll('#', NUMBER), 'i');

const MAX_OUTPUT = [
  pattern('at most # (?:completion |output )?tokens'),
  pattern('(?:less than or equal to|<=|≤|up to|no more than|not exceed|cannot exceed|at most) `?#'),
  pattern('max_?(?:new_|completion_|output_)?tokens\\W{1,3}\\d+\\W{1,3}> #'),
  pattern('maximum (?:allowed )?(?:number of )?(?:output|completion)[^.\\d]{0,40}?#'),
  pattern('(?:max|maximum|limit)[^.\\d]{0,20}\\bis `?#'),
  pattern('limit (?:of|is|=|:) #'),
  pattern('\\[\\s*[01]\\s*,\\s*#\\s*\\]'),
  pattern('range (?:of|is)? ?[^\\d]{0,30}\\[?[01]\\s*(?:,|-|to|and)\\s*#'),
  pattern('(?:must|should) be (?:between|in)\\D{0,20}\\d+\\D{1,10}#'),
];

const CONTEXT = [
  pattern(
    '(?:maximum context length|max_?model_?len|context (?:length|window|size)|n_ctx|token limit|maximum (?:prompt|input|sequence) length)(?!\\W{0,3}(?:exceeded|error))[^\\d\\n]{0,40}?#',
  ),
  pattern('# tokens? (?:context|limit|maximum)'),
  pattern('> #(?: maximum)?'),
  pattern('(?:must have less than|must be <=?|maximum(?: of| allowed)?[^.\\d]{0,40}?(?:is|of|:)?) #'),
  pattern('exceed(?:s|ed|ing)? (?:the )?(?:available |maximum |max |model.s )?\\D{0,50}#'),
  pattern('longer than (?:the )?\\D{0,40}#'),
];

const PROMPT = [
  pattern('(?:request has|resulted in|n_prompt_tokens\\W+) ?#'),
  pattern(
    '(?:prompt|input|messages?)(?: (?:length|tokens?|token count|size))?(?: (?:contains?|has|have|is|of|was|:))*(?: too long)?:? ?\\(?# ?(?:tokens|>|exceeds?|is longer)',
  ),
  pattern(
    '(?:input token count|prompt token count|prompt_tokens|num_prompt_tokens|input length|prompt length)(?: of| is)?\\W{1,4}#',
  ),
  pattern('# `?(?:text )?(?:input|prompt|inputs)`? tokens'),
  pattern('(?:prompt|input) tokens? \\(#\\)'),
  pattern('# tokens? (?:in|from|of|for) (?:the |your )?(?:messages|prompt|input)'),
  pattern('# (?:in|from|for|of) (?:the |your )?(?:messages|prompt|input)'),
  pattern('(?:the |your )?(?:request|prompt|input)\\W{1,3}\\(# tokens\\)'),
  pattern('(?:given|got|received|found):? `?#'),
  pattern('number of (?:input )?tokens[^.\\d]{0,30}\\(?#'),
];

const TOTAL = [
  pattern('(?:requested|require|requires|request of|total of|totalling|sum of)[^.\\d]{0,30}# tokens'),
  pattern('= # '),
];

/** Reads the numbers of a rejection. Numbers that contradict each other are dropped by the caller, not here. */
export function readTokenNumbers(text: string): TokenNumbers {
  const found: [keyof TokenNumbers, number | undefined][] = [
    ['maxOutput', find(MAX_OUTPUT, text)],
    ['context', find(CONTEXT, text)],
    ['prompt', find(PROMPT, text)],
    ['total', find(TOTAL, text)],
  ];
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** What is before a number that is a difference: "exceeds the limit by 50 tokens". */
const DIFFERENCE = /\bby (?:about |approximately |at least )?$/i;

function find(patterns: readonly RegExp[], text: string): number | undefined {
  for (const each of patterns) {
    const match = each.exec(text);
    const found = match?.[1];
    if (match && DIFFERENCE.test(text.slice(0, match.index + match[0].lastIndexOf(found ?? '')))) continue;
    const value = found === undefined ? Number.NaN : Number(found.replace(/[,_]/g, ''));
    if (Number.isSafeInteger(value) && value > 0) return value;
  }
  return undefined;
}

/** The tokens of the prompt, if the text names them, or those of prompt and answer together. */
export function promptTokensOf({ prompt, total, context }: TokenNumbers, requested = 0): number | undefined {
  if (prompt !== undefined && prompt !== context) return prompt;
  return total !== undefined && total > requested ? total - requested : undefined;
}

/**
 * A smaller limit on the answer's tokens after a rejection of `requested`: the limit in the text, or what the context has
 * left beside the prompt. Undefined when the text gives no number: the caller then leaves the limit out.
 */
export function clampedLimit(requested: number, numbers: TokenNumbers): number | undefined {
  const { maxOutput, context } = numbers;
  const prompt = promptTokensOf(numbers, requested);
  const left = context !== undefined && prompt !== undefined ? context - prompt : undefined;
  const candidates = [left, maxOutput].filter(
    (value): value is number => value !== undefined && value > 0 && value < requested,
  );
  return candidates.length === 0 ? undefined : Math.min(...candidates);
}
