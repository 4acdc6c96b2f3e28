/** Names of the rows of the table in libs/dialects, whose test compares both. */
export const DIALECT_NAMES = [
  'plain',
  'openai',
  'openai-reasoning',
  'llama.cpp',
  'vllm',
  'openrouter',
  'mistral',
  'groq',
  'gemini',
  'fireworks',
  'deepseek',
  'cerebras',
  'lmstudio',
  'perplexity',
  'zai',
  'alibaba',
  'together',
];

/** APIs of upstreams for text: chat completions, and those of agents. */
export const API_NAMES = ['chat', 'responses', 'messages'] as const;

export type ApiName = (typeof API_NAMES)[number];

/** What a million tokens cost, in any currency. */
export interface TokenPrice {
  readonly input: number;
  readonly output: number;
  /** Of input tokens that the upstream had cached. */
  readonly cached: number;
}

/** Connection settings of one upstream. */
export interface UpstreamSettings {
  /** Used in logs, metrics and rules. */
  readonly name: string;
  /** What an operator corrects if URL or key are wrong: names of variables or fields, for texts. */
  readonly fieldNames: { readonly baseUrl: string; readonly key: string };
  /** Without a slash at the end; paths like `/chat/completions` are appended. May contain `{model}`. */
  readonly baseUrl: string;
  /** Query string of every call, including its question mark, or "". */
  readonly query: string;
  /** Headers of every call, by lower-case name. Contains the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the key of the proxy or that of the client is sent. */
  readonly auth: 'proxy' | 'client';
  /** Header that carries the key. */
  readonly keyHeader: string;
  /** Name of a dialect; undefined: detected. */
  readonly dialect: string | undefined;
  /** Lower values are tried first. */
  readonly priority: number;
  /** Share of the calls among upstreams of equal priority. */
  readonly weight: number;
  /** Models of an upstream that has no model list. */
  readonly models: readonly string[] | undefined;
  /** APIs that are called, the preferred one first; undefined: those that it lists or turns out to have. */
  readonly apis: readonly ApiName[] | undefined;
  /** By a model's id, or a pattern with one `*`; the first that matches applies. Undefined: costs are not computed. */
  readonly prices: Readonly<Record<string, TokenPrice>> | undefined;
  readonly tls: TlsSettings;
  /** The HTTP proxy for the calls; undefined: none. */
  readonly httpProxy?: HttpProxySettings | undefined;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** From the first attempt to the last byte of the answer. */
  readonly totalMs: number;
  readonly maxRetries: number;
  readonly limits: UpstreamLimits;
  readonly breakerEnabled: boolean;
}

/** Concurrency limits of one upstream. */
interface UpstreamLimits {
  /** Concurrent calls; 0: unlimited. */
  readonly concurrency: number;
  /** Calls that may be queued, and for how long. */
  readonly queue: number;
  readonly queueMs: number;
}

interface HttpProxySettings {
  /** May contain a user and a password. */
  readonly url: string;
  /** NO_PROXY: hosts that are reached without it. */
  readonly except: string;
}

export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** false accepts any certificate. */
  readonly verify: boolean;
}

/** Rule for a model name that clients use. */
export interface ModelRule {
  /** A name, or a pattern with one `*`. */
  readonly name: string;
  /** Name at the upstream; `*` is replaced by what the `*` of the pattern matched. Undefined: the same name. */
  readonly model: string | undefined;
  /** Names of the upstreams that serve it; undefined: those that list it, or else all. */
  readonly upstreams: readonly string[] | undefined;
  /** Fields of the OpenAI request that are set unless the client set them. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Ranges of numeric fields, by field. */
  readonly clamps: Readonly<Record<string, { readonly min?: number; readonly max?: number }>>;
  /** System prompt of conversations without one. */
  readonly system: string | undefined;
  /** Fields that are removed from requests. */
  readonly drop: readonly string[];
  /** Fields that are added to every request. */
  readonly extraBody: Readonly<Record<string, unknown>>;
  readonly capabilities: readonly string[] | undefined;
  readonly contextLength: number | undefined;
  /** What `think` can be for the model; undefined: by the upstream's list. */
  readonly thinking?:
    { readonly values: readonly (string | boolean)[]; readonly default?: string | boolean } | undefined;
  /** As `apis` of the upstream, which it replaces. */
  readonly apis: readonly ApiName[] | undefined;
}

/** Upstreams and model rules: a snapshot that a reload replaces as a whole. */
export interface ModelMapping {
  readonly upstreams: readonly UpstreamSettings[];
  readonly rules: readonly ModelRule[];
  /** Model for names that no upstream and no rule has. */
  readonly defaultModel: string | undefined;
}
