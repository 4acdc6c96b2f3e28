import type { CancelSignal } from '#async';
import type { ExtractedBase64 } from '#json-bytes';
import type { RequestRecord } from '#observability';

/** What a call to an upstream needs beside its data. */
export interface UpstreamRequestContext {
  /** Sent to the upstream as X-Request-ID. */
  readonly correlationId: string;
  /** Aborted when the client disconnects or the server shuts down; the reason is a ProxyException if it has one. */
  readonly signal: CancelSignal;
  /** The client's own API key; sent only to upstreams that are configured for it. */
  readonly clientKey?: string | undefined;
  /** `Via` to send, if the request came through proxies of this kind. */
  readonly via?: string | undefined;
  /** Headers of the client that are forwarded, from an allow-list. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's API key or address: calls wait in one queue for each caller. */
  readonly caller?: string | undefined;
  /** Whether more callers than this one are configured: a share of the places is kept for them from the start. */
  readonly hasOtherCallers?: boolean | undefined;
  /**
   * What becomes of a conversation that is too long for the model: true leaves out its oldest messages, false is an error
   * in Ollama's words, and absent returns the upstream's rejection.
   */
  readonly truncate?: boolean;
  /** Base64 that is written back in place of its placeholders. */
  readonly extractedBase64?: ExtractedBase64 | undefined;
  readonly record?: RequestRecord;
}

/**
 * For whom something is kept from one request to the next: the API key; without keys the address, together with the key that
 * the client has for its upstream. Undefined for requests of this service itself.
 */
export function scopeOf({ caller, clientKey }: UpstreamRequestContext): string | undefined {
  return clientKey === undefined ? caller : `${caller ?? ''}\n${clientKey}`;
}
