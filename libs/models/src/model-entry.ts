import type { Capability } from '#contracts';

/** One model of the backend, as far as its list tells. */
export interface ModelEntry {
  /** What the backend is asked for. */
  readonly id: string;
  /** What clients see: with a tag. */
  readonly name: string;
  /** What the list says can or cannot be done; absent where it says nothing. */
  readonly knownCapabilities: Readonly<Partial<Record<Capability, boolean>>>;
  /** What clients are told: the known ones, and guesses for the rest. */
  readonly capabilities: readonly Capability[];
  readonly contextLength: number | undefined;
  readonly embeddingLength: number | undefined;
  readonly parameterCount: number | undefined;
  readonly quantization: string;
  readonly family: string;
  /** Bytes; 0 where unknown. */
  readonly size: number;
  /** RFC 3339, stable. */
  readonly modifiedAt: string;
  /** 64 hexadecimal digits: unique for the name and what it can do. */
  readonly digest: string;
  /** The entry as the backend sent it. */
  readonly raw: Readonly<Record<string, unknown>>;
}
