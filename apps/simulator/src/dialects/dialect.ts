import type { ErrorShape } from '../http/error-body.js';
import type { Refusal } from '../http/refusal.js';
import type { JsonObject } from '../json.js';
import type { ModelExtras } from '../models/catalogue.js';
import type { SimulatedModel } from '../models/models.js';

export type DialectName =
  | 'lenient'
  | 'openai'
  | 'openai-reasoning'
  | 'mistral'
  | 'groq'
  | 'gemini'
  | 'gemini-3'
  | 'deepseek'
  | 'deepseek-v4'
  | 'moonshot'
  | 'openrouter'
  | 'cerebras'
  | 'perplexity'
  | 'lmstudio'
  | 'fireworks'
  | 'vllm'
  | 'llamacpp'
  | 'chat-template'
  | 'anthropic'
  | 'strictest';

/** Looks at a request body and returns what is wrong with it. */
export type Rule = (body: JsonObject) => Refusal | undefined;

export type Endpoint = 'chat' | 'completions' | 'embeddings';

/** A field the dialect does not know, with the way to it. */
export interface UnknownField {
  path: readonly (string | number)[];
  value: unknown;
  /** Role of the message the field was found in. */
  role?: string;
}

/** How the conversation is checked; the allowed fields by role also name the allowed roles. */
export interface MessageRules {
  fields: Readonly<Record<string, readonly string[]>>;
  /** Image URLs that are not data URLs are fine. */
  remoteImages?: boolean;
  /** `image_url` may be the bare URL. */
  bareImageUrl?: boolean;
  imageDetail?: boolean;
  /** Tool call ids must match. */
  toolIds?: RegExp;
  /** Order of roles as Mistral wants it. */
  strictOrder?: boolean;
}

/** Where reasoning goes in an answer. */
type ReasoningStyle = 'reasoning_content' | 'reasoning' | 'content-parts' | 'think-tags' | 'hidden';

/** What comes with a turn of calls and has to come back: a signature in the first call, or details of the reasoning. */
type TurnPartStyle = 'signature' | 'details';

/** Where token counts go in a stream. */
type UsageStyle = 'own-chunk' | 'finish-chunk' | 'every-chunk' | 'groq';

/** How one kind of upstream differs from the OpenAI format. */
export interface Dialect {
  name: DialectName;
  /** Known request fields; an endpoint left out takes everything. */
  fields?: Partial<Record<Endpoint, ReadonlySet<string>>>;
  unknownField?: (field: UnknownField) => Refusal;
  rules?: Partial<Record<Endpoint, readonly Rule[]>>;
  /** Present when conversations are checked message by message. */
  messages?: MessageRules;
  imageRefusal?: (model: SimulatedModel) => Refusal;
  toolRefusal?: (model: SimulatedModel) => Refusal;

  errors: ErrorShape;
  /** Name of the SSE event that carries an error. */
  errorEventName?: string;
  doneAfterError?: boolean;

  reasoning: ReasoningStyle;
  turnParts?: TurnPartStyle;
  usage: UsageStyle;
  done: boolean;
  lineEnd: '\n' | '\r\n';
  /** Comment sent before the first event, and again every so many tokens. */
  comment?: { text: string; every?: number };
  toolFragments: 'pieces' | 'whole';
  toolIdForm: 'call' | 'short';
  /** The last text or call comes in the chunk with the finish reason. */
  finishCarriesDelta?: boolean;
  /** Says `stop` instead of `tool_calls`: when one function was forced, or in all streams. */
  toolFinishStop?: 'forced' | 'streams';
  timings?: boolean;
  modelExtras?: ModelExtras;
}
