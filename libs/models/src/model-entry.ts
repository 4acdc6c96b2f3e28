import type { ApiName } from '#config';
import type { Capability } from '#contracts';
import type { ThinkingLevels } from './thinking.js';
import type { VirtualModel } from '#virtual-models';

/** One entry of an upstream's model list. */
export interface ModelEntry {
  /** The upstream's own id. */
  readonly id: string;
  /** The name for clients, always with a tag. */
  readonly name: string;
  /** Capabilities that the list grants (true) or denies (false); absent without information. */
  readonly knownCapabilities: Readonly<Partial<Record<Capability, boolean>>>;
  /** Capabilities shown to clients: the known ones, and defaults for the others. */
  readonly capabilities: readonly Capability[];
  /** APIs that the list has for the model; undefined without information. */
  readonly apis: readonly ApiName[] | undefined;
  /** What `think` can be; undefined if unknown. */
  readonly thinking?: ThinkingLevels | undefined;
  readonly contextLength: number | undefined;
  readonly embeddingLength: number | undefined;
  readonly parameterCount: number | undefined;
  readonly quantization: string;
  readonly family: string;
  /** Bytes; 0 if unknown. */
  readonly size: number;
  /** RFC 3339; the same for every read of the list. */
  readonly modifiedAt: string;
  /** SHA-256 of name and capabilities, in hexadecimal. */
  readonly digest: string;
  /** The entry of the list, with the details that were read elsewhere. Shown to clients at /v1/models. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Set if a client made the model from this entry. */
  readonly virtual?: VirtualModel;
}
