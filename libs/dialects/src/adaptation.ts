import type { Dialect } from './dialect.js';
import type { SchemaLevel } from './repairs/tool-schema.js';

/** APIs of coding agents that an upstream may lack: Anthropic's Messages API, OpenAI's Responses API, and parts of either. */
export type AgentApi = 'messages' | 'message-tokens' | 'responses' | 'compaction' | 'input-tokens';

/** A change to requests that follows from a rejection. Data, so that it can be kept, shown and compared. */
export type Adaptation =
  /** Sends chat requests to another API of the upstream. */
  | { readonly kind: 'api'; readonly name: 'chat' | 'responses' }
  /**
   * The upstream does not have an API. Requests of an agents' API are translated; without text completions, the templates
   * of virtual models are not used. Changes nothing else.
   */
  | { readonly kind: 'no-api'; readonly name: AgentApi | 'completions' }
  /**
   * The model's chat template opens the thinking in the prompt: the text of answers is thinking up to `closing`. For requests
   * that leave thinking on, or switch it off. Changes how answers are read and nothing else.
   */
  | { readonly kind: 'opened-thinking'; readonly when: 'on' | 'off'; readonly closing: string }
  /** Sends at most `max` texts in one request for embeddings. */
  | { readonly kind: 'inputs'; readonly max: number }
  /** Sends texts of at most `max` characters together in one request for embeddings. */
  | { readonly kind: 'input-characters'; readonly max: number }
  /** Cuts texts for embeddings that certainly have more than `max` tokens. */
  | { readonly kind: 'text-tokens'; readonly max: number }
  /** Sends a space in place of an empty text for an embedding. */
  | { readonly kind: 'blank-texts' }
  /** Uses another row of the dialect table. */
  | { readonly kind: 'dialect'; readonly name: string }
  /** Leaves a field out; with `value`, only where it has this value. */
  | { readonly kind: 'drop'; readonly field: string; readonly value?: Scalar }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  /** Sends at most `max` stop sequences; the answer is cut here at the others. */
  | { readonly kind: 'stops'; readonly max: number }
  /** Replaces one reasoning effort by another; "omit" leaves the field out. */
  | { readonly kind: 'effort'; readonly value: string; readonly instead: string }
  /** Switches thinking by `reasoning_effort`, or not at all. */
  | { readonly kind: 'thinking'; readonly by: 'effort' | 'none' }
  /** Requests plain JSON by a schema for any object, or in the prompt. */
  | { readonly kind: 'json'; readonly by: 'schema' | 'prompt' }
  /** Requests JSON by a closed schema, by JSON mode with the schema in the prompt, or in the prompt alone. */
  | { readonly kind: 'schema'; readonly by: 'strict' | 'object' | 'prompt' }
  /** Mentions JSON in a message, as JSON mode may require. */
  | { readonly kind: 'json-word' }
  /** Shortens tool call ids to nine letters and digits. */
  | { readonly kind: 'tool-ids' }
  /** Sends "" instead of null as `content`. */
  | { readonly kind: 'empty-content' }
  /** Merges system messages into the first message. */
  | { readonly kind: 'single-system' }
  | { readonly kind: 'system-role'; readonly role: 'developer' | 'user' }
  /** Merges consecutive messages of one role. */
  | { readonly kind: 'alternate' }
  /** Makes tool names portable; they are restored in the reply. */
  | { readonly kind: 'tool-names' }
  /** Sends one tool for each name. */
  | { readonly kind: 'distinct-tools' }
  /** Normalizes the parameters of tools. */
  | { readonly kind: 'tool-schemas'; readonly level: SchemaLevel }
  /** Cuts the descriptions of tools and parameters. */
  | { readonly kind: 'tool-descriptions'; readonly max: number }
  | { readonly kind: 'max-tools'; readonly max: number }
  /** Declares the tools that earlier turns have called. */
  | { readonly kind: 'declare-tools' }
  /** Shortens tool call ids. */
  | { readonly kind: 'call-ids'; readonly max: number }
  /** Requests the format in the prompt where tools are present. */
  | { readonly kind: 'format-beside-tools' }
  /** Sends the effort "none" where tools are present. */
  | { readonly kind: 'no-effort-with-tools' }
  /** Adds a user message to a conversation that ends with the model's own message. */
  | { readonly kind: 'continuation' }
  /** Separates tool results from the user's next message. */
  | { readonly kind: 'assistant-after-tool' }
  /** Leaves out empty messages, or gives them a placeholder. */
  | { readonly kind: 'text-required' }
  | { readonly kind: 'user-first' }
  /** Sends content as text in all roles but the user's. */
  | { readonly kind: 'plain-content' }
  /** Sends U+FFFD in place of half of a surrogate pair. Also in requests that are forwarded to the other APIs. */
  | { readonly kind: 'well-formed-texts' }
  /** Leaves a field out of all messages. */
  | { readonly kind: 'drop-in-messages'; readonly field: string }
  /** Requests a named tool as `required` and sends that tool alone. */
  | { readonly kind: 'named-choice' }
  /** Leaves out an empty list of tools, and the choice of a tool where there are none. */
  | { readonly kind: 'empty-tools' }
  /** Converts images of a media type to PNG or JPEG. Done where requests are sent, since it takes a decoder. */
  | { readonly kind: 'convert-images'; readonly type: string }
  /** Replaces files by a note, for models that read none. */
  | { readonly kind: 'file-notes' }
  /** Leaves out the oldest messages, or parts of long ones, until the conversation has at most `size` characters. */
  | { readonly kind: 'history'; readonly size: number }
  /** Sends the texts of a conversation to the endpoint for text completions. */
  | { readonly kind: 'completions' }
  /** Requests at most `max` tokens, under whichever name. */
  | { readonly kind: 'token-limit'; readonly max: number }
  /** Sends the reasoning of earlier turns with tool calls back. */
  | { readonly kind: 'reasoning-history' }
  /** Sends a placeholder for the signature that each earlier tool call had. */
  | { readonly kind: 'call-signatures' }
  /** Sends no opaque parts of earlier turns. */
  | { readonly kind: 'no-turn-parts' }
  /** Leaves out `field` where `with` is present. */
  | { readonly kind: 'exclusive'; readonly field: string; readonly with: string };

export type Scalar = string | number | boolean;

/**
 * How long an adaptation is used: `request` for the rejected request only; `kept` for all requests to the upstream and
 * model; `confirmed` as `kept`, but only after a request of another caller led to the same adaptation.
 */
export type Retention = 'request' | 'kept' | 'confirmed';

/** Which requests an adaptation concerns. */
export type Scope = 'all' | 'tools' | 'schema';

export interface ProposedAdaptation {
  readonly adaptation: Adaptation;
  readonly retention: Retention;
  readonly scope: Scope;
  /** The rejection, for people. */
  readonly reason?: string;
}

/** For logs and `/api/show`: `drop: seed`, `rename: max_tokens → max_completion_tokens`. */
export function describeAdaptation(adaptation: Adaptation): string {
  const { kind, ...rest } = adaptation;
  const details = Object.values(rest).join(' → ');
  return details === '' ? kind : `${kind}: ${details}`;
}

export function isSameAdaptation(left: Adaptation, right: Adaptation): boolean {
  return describeAdaptation(left) === describeAdaptation(right);
}

export function isInScope(scope: Scope, request: Readonly<Record<string, unknown>>): boolean {
  if (scope === 'tools') return request.tools !== undefined;
  return scope === 'all' || request.response_format !== undefined;
}

/** The dialect of an upstream with the adaptations that apply to a request. */
export interface UpstreamProfile {
  readonly dialect: Dialect;
  readonly adaptations: readonly Adaptation[];
}

export function findAdaptation<Kind extends Adaptation['kind']>(
  { adaptations }: UpstreamProfile,
  kind: Kind,
): Extract<Adaptation, { kind: Kind }> | undefined {
  if (adaptations.length === 0) return undefined;
  return adaptations.findLast((each): each is Extract<Adaptation, { kind: Kind }> => each.kind === kind);
}
