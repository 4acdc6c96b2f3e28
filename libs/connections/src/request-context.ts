import type { ExtractedBase64 } from '#json-bytes';
import type { RequestRecord } from '#observability';

/** What goes down with every call beside its data. */
export interface UpstreamRequestContext {
  /** Sent to the backend as X-Request-ID. */
  readonly correlationId: string;
  /** Fires when the client has left: whatever waits for this call has to stop. Its reason tells why, if it is a ProxyException. */
  readonly signal: AbortSignal;
  /** The key the client came with, if it is a real one; sent only to backends that are configured so. */
  readonly clientKey?: string;
  /** Headers of the client that are passed on, from an allow-list. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Who asks, for a fair queue: the name of a key or an address. */
  readonly caller?: string;
  /** What is put back into the body where something else stands for it. */
  readonly extractedBase64?: ExtractedBase64;
  /** What is written down about the call on its way. */
  readonly record?: RequestRecord;
}
