type Fields = Record<string, unknown>;

/** Request fields that switch thinking. `effort` is neutral: "none", "default" (on) or a level. */
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

type ThinkingSwitch = keyof typeof THINKING;

/** How the request format of one family of upstreams differs from the plain OpenAI format. Data only. */
export interface Dialect {
  readonly name: string;
  /** Additional sampling fields. */
  readonly extras?: readonly string[];
  /** Fields with another name: from the neutral name to theirs. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Fields of the plain format that are rejected. */
  readonly unsupported?: readonly string[];
  /** The switch for thinking; absent if there is none. */
  readonly thinking?: ThinkingSwitch;
  /** "none" is not supported: thinking is disabled by omitting the field and removing thinking from the answer. */
  readonly cannotDisableThinking?: boolean;
  /** Maximum number of stop sequences; the answer is cut here at the others. */
  readonly maxStops?: number;
  /** Replaces `json_schema`: the schema is put into the prompt. */
  readonly schema?: 'prompt';
  /** Replaces `json_object`: by a `json_schema` for any object. */
  readonly json?: 'schema';
  /** JSON mode requires the word JSON in a message. */
  readonly jsonWord?: boolean;
  /** The row of which this one is a special case: a rejection may lead from there to here. */
  readonly narrows?: string;
  /** Required form of tool call ids: nine letters and digits. */
  readonly toolIds?: 'nine';
  /** `content` of an assistant message with tool calls and no text; absent means null. */
  readonly emptyContent?: '';
  /** Only one system message is accepted, as the first message. */
  readonly oneSystem?: boolean;
  /** Signatures of tool calls are among the `reasoning_details` of a message; absent: in each call. */
  readonly signatures?: 'details';
  /** Messages may have reasoning items of the Responses API. */
  readonly takesItems?: boolean;
  /** Reasoning of earlier turns is sent as the client wrote it: the request is the client's own. */
  readonly keepsReasoning?: boolean;
  /** Recognises the dialect by an entry of the model list. */
  readonly matchesModel?: (entry: Readonly<Record<string, unknown>>) => boolean;
  /** Recognises the dialect by the body of a rejection. */
  readonly rejectionPattern?: RegExp;
}

/** For unknown upstreams: only the fields that the client's request needs (protocol D24, protocol D27, protocol D53). */
export const PLAIN: Dialect = { name: 'plain', thinking: 'effort', jsonWord: true };

const owner =
  (...names: string[]) =>
  ({ owned_by }: Readonly<Record<string, unknown>>): boolean =>
    typeof owned_by === 'string' && names.includes(owned_by.toLowerCase());

const PENALTY = { repeat_penalty: 'repetition_penalty' } as const;

/** All dialects (protocol D27). A new one is a new row here and in dialect.spec.ts. */
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
    signatures: 'details',
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

/** Undefined if the table has no such row. */
export function findDialect(name: string | undefined): Dialect | undefined {
  return name === PLAIN.name ? PLAIN : DIALECTS.find((dialect) => dialect.name === name);
}

const ofEntries = new WeakMap<object, Dialect>();

/** The dialect recognised by an entry of the model list, or the plain one. It is looked for once for each entry. */
export function dialectOfModel(entry: Readonly<Record<string, unknown>> | undefined): Dialect {
  if (!entry) return PLAIN;
  let dialect = ofEntries.get(entry);
  if (!dialect) {
    dialect = DIALECTS.find(({ matchesModel }) => matchesModel?.(entry)) ?? PLAIN;
    ofEntries.set(entry, dialect);
  }
  return dialect;
}

/** The dialect recognised by the body of a rejection. */
export function dialectOfRejection(text: string): Dialect | undefined {
  return DIALECTS.find(({ rejectionPattern }) => rejectionPattern?.test(text));
}
