/** The rows of the table in libs/dialects, which checks itself against this list. */
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

/** How one backend is reached. */
export interface UpstreamSettings {
  /** Known by this in logs and rules. */
  readonly name: string;
  /** Ends without a slash; paths like `/chat/completions` are appended. May hold `{model}` (deployments). */
  readonly baseUrl: string;
  /** Query string of every call, with its question mark, or "". */
  readonly query: string;
  /** Sent with every call, the key included. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whose key is sent: ours, or the one the client came with. */
  readonly auth: 'proxy' | 'client';
  /** Which header carries it. */
  readonly keyHeader: string;
  /** Name of a dialect; absent: found out. */
  readonly dialect: string | undefined;
  /** Lower is tried first. */
  readonly priority: number;
  /** Share of the calls among equal priorities. */
  readonly weight: number;
  /** Models it serves, for a backend without a list. */
  readonly models: readonly string[] | undefined;
  readonly tls: TlsSettings;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** From the first attempt to the last byte of the answer. */
  readonly totalMs: number;
  readonly maxRetries: number;
  readonly limits: UpstreamLimits;
  readonly breakerEnabled: boolean;
}

/** How much at a time a backend gets. */
interface UpstreamLimits {
  /** Calls at a time; 0: as many as come. */
  readonly concurrency: number;
  /** Calls that may wait for one of them to end, and how long. */
  readonly queue: number;
  readonly queueMs: number;
}

export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** False accepts any certificate. */
  readonly verify: boolean;
}

/** What is done with a name that clients use. */
export interface ModelRule {
  /** A name, or a pattern with one `*`. */
  readonly name: string;
  /** The backend's id; `*` is filled with what the pattern's matched. Absent: the name itself. */
  readonly model: string | undefined;
  /** Names of the upstreams that serve it; absent: those whose list has it, else all. */
  readonly upstreams: readonly string[] | undefined;
  /** Fields of the OpenAI request that are set where the client set none. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Bounds of numbers, by field. */
  readonly clamps: Readonly<Record<string, { readonly min?: number; readonly max?: number }>>;
  /** System prompt for conversations that bring none. */
  readonly system: string | undefined;
  /** Fields that are never sent. */
  readonly drop: readonly string[];
  /** Fields that are always sent. */
  readonly extraBody: Readonly<Record<string, unknown>>;
  readonly capabilities: readonly string[] | undefined;
  readonly contextLength: number | undefined;
}

/** Where calls go: a snapshot, replaced as a whole when the file changes. */
export interface RoutingTable {
  readonly upstreams: readonly UpstreamSettings[];
  readonly rules: readonly ModelRule[];
  /** What a name that is nowhere becomes. */
  readonly defaultModel: string | undefined;
}
