type Fields = Record<string, unknown>;

/** Ways to switch thinking, by the field they use; `effort` is neutral: "none", "default" (on) or a level. */
export const THINKING = {
  effort: (effort: string): Fields => ({ reasoning_effort: effort === 'default' ? 'medium' : effort }),
  template: (effort: string): Fields => ({
    chat_template_kwargs: {
      enable_thinking: effort !== 'none',
      ...(effort !== 'none' && effort !== 'default' && { reasoning_effort: effort }),
    },
  }),
  reasoning: (effort: string): Fields => ({
    reasoning:
      effort === 'none'
        ? { enabled: false }
        : effort === 'default'
          ? { enabled: true }
          : { effort: effort === 'max' ? 'high' : effort },
  }),
  type: (effort: string): Fields => ({ thinking: { type: effort === 'none' ? 'disabled' : 'enabled' } }),
  flag: (effort: string): Fields => ({ enable_thinking: effort !== 'none' }),
} as const;

/** Switches that are only ever used to turn thinking on: to turn it off, the answer is filtered. */
type ThinkingSwitch = keyof typeof THINKING;

/** How one family of backends wants to be asked. Data only; whatever is not said here is the plain OpenAI format. */
export interface Dialect {
  readonly name: string;
  /** Sampling fields beyond the plain format that it takes. */
  readonly extras?: readonly string[];
  /** Fields that it has under another name. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Fields of the plain format that it refuses. */
  readonly unsupported?: readonly string[];
  /** How thinking is switched; absent: not at all. */
  readonly thinking?: ThinkingSwitch;
  /** It does not know "none": thinking is turned off by leaving the field out and filtering the answer. */
  readonly cannotDisableThinking?: boolean;
  /** Most stop sequences it takes; the others are watched for here. */
  readonly maxStops?: number;
  /** How JSON by schema is asked for; absent: `json_schema`. */
  readonly schema?: 'prompt';
  /** How plain JSON is asked for; absent: `json_object`. */
  readonly json?: 'schema';
  /** JSON mode wants the word in a message. */
  readonly jsonWord?: boolean;
  /** A narrower form of another row: a refusal of that one may lead here. */
  readonly narrows?: string;
  /** The form of tool call ids it demands. */
  readonly toolIds?: 'nine';
  /** `content` of an assistant's message with calls and no text; absent: null. */
  readonly emptyContent?: '';
  /** System messages must be one, and first. */
  readonly oneSystem?: boolean;
  /** What in an entry of its model list gives it away. */
  readonly matchesModel?: (entry: Readonly<Record<string, unknown>>) => boolean;
  /** What in a refusal gives it away. */
  readonly rejectionPattern?: RegExp;
}

/** A backend of which nothing is known gets the smallest request that says what the client wants (protocol D24, protocol D27). */
export const PLAIN: Dialect = { name: 'plain', thinking: 'effort', cannotDisableThinking: true, jsonWord: true };

const owner =
  (...names: string[]) =>
  ({ owned_by }: Readonly<Record<string, unknown>>): boolean =>
    typeof owned_by === 'string' && names.includes(owned_by.toLowerCase());

const PENALTY = { repeat_penalty: 'repetition_penalty' } as const;

/** The one table of differences (protocol D27). A new backend is a new row, with its line in the table test. */
export const DIALECTS: readonly Dialect[] = [
  {
    name: 'openai',
    thinking: 'effort',
    cannotDisableThinking: true,
    maxStops: 4,
    matchesModel: owner('system', 'openai', 'openai-internal'),
    jsonWord: true,
    rejectionPattern: /Unrecognized request argument supplied|unknown_parameter/,
  },
  {
    name: 'openai-reasoning',
    narrows: 'openai',
    thinking: 'effort',
    cannotDisableThinking: true,
    renamed: { max_tokens: 'max_completion_tokens' },
    unsupported: ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs', 'stop'],
    jsonWord: true,
    rejectionPattern:
      /Unsupported (parameter|value): \\?['"](max_tokens|temperature|top_p|presence_penalty|frequency_penalty|logprobs|top_logprobs|stop)\\?['"]/,
  },
  {
    name: 'llama.cpp',
    extras: ['top_k', 'min_p', 'typical_p', 'repeat_penalty', 'repeat_last_n'],
    thinking: 'template',
    matchesModel: owner('llamacpp'),
  },
  {
    name: 'vllm',
    extras: ['top_k', 'min_p', 'repetition_penalty'],
    renamed: PENALTY,
    thinking: 'template',
    matchesModel: owner('vllm', 'sglang'),
  },
  {
    name: 'openrouter',
    extras: ['top_k', 'min_p', 'repetition_penalty'],
    renamed: PENALTY,
    thinking: 'reasoning',
    maxStops: 4,
    matchesModel: ({ supported_parameters, pricing }) => Array.isArray(supported_parameters) && pricing !== undefined,
  },
  {
    name: 'mistral',
    renamed: { seed: 'random_seed' },
    unsupported: ['stream_options', 'logprobs', 'top_logprobs'],
    toolIds: 'nine',
    emptyContent: '',
    oneSystem: true,
    matchesModel: owner('mistralai'),
    rejectionPattern: /extra_forbidden/,
  },
  {
    name: 'groq',
    jsonWord: true,
    thinking: 'effort',
    cannotDisableThinking: true,
    unsupported: ['logprobs', 'top_logprobs'],
    maxStops: 4,
    rejectionPattern: /property '[\w.[\]]+' is unsupported/,
  },
  {
    name: 'gemini',
    thinking: 'effort',
    unsupported: ['seed', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs'],
    maxStops: 5,
    matchesModel: ({ id }) => String(id).startsWith('models/'),
    rejectionPattern: /Unknown name \\?"\w+\\?".*Cannot find field/,
  },
  {
    name: 'fireworks',
    extras: ['top_k', 'min_p', 'repetition_penalty'],
    renamed: PENALTY,
    thinking: 'effort',
    cannotDisableThinking: true,
    maxStops: 4,
    rejectionPattern: /Extra inputs are not permitted, field:/,
  },
  {
    name: 'deepseek',
    jsonWord: true,
    thinking: 'type',
    schema: 'prompt',
    maxStops: 16,
    matchesModel: owner('deepseek'),
  },
  {
    name: 'cerebras',
    thinking: 'effort',
    cannotDisableThinking: true,
    unsupported: ['presence_penalty', 'frequency_penalty'],
    maxStops: 4,
    matchesModel: owner('cerebras'),
  },
  { name: 'lmstudio', extras: ['top_k', 'min_p', 'repeat_penalty'], thinking: 'effort', json: 'schema' },
  { name: 'perplexity', unsupported: ['stream_options', 'logprobs', 'top_logprobs', 'seed', 'stop'], maxStops: 0 },
  { name: 'zai', thinking: 'type', schema: 'prompt' },
  { name: 'alibaba', jsonWord: true, extras: ['top_k', 'repetition_penalty'], renamed: PENALTY, thinking: 'flag' },
  {
    name: 'together',
    extras: ['top_k', 'min_p', 'repetition_penalty'],
    renamed: PENALTY,
    thinking: 'effort',
    matchesModel: ({ type, context_length, display_name }) =>
      typeof type === 'string' && context_length !== undefined && display_name !== undefined,
  },
];

/** By name; undefined when the table has no such row. */
export function findDialect(name: string | undefined): Dialect | undefined {
  return name === PLAIN.name ? PLAIN : DIALECTS.find((dialect) => dialect.name === name);
}

/** The dialect that an entry of a model list gives away. */
export function dialectOfModel(entry: Readonly<Record<string, unknown>> | undefined): Dialect {
  return (entry && DIALECTS.find(({ matchesModel }) => matchesModel?.(entry))) ?? PLAIN;
}

/** The dialect that a refusal gives away. */
export function dialectOfRejection(text: string): Dialect | undefined {
  return DIALECTS.find(({ rejectionPattern }) => rejectionPattern?.test(text));
}
