import type { ExtractedBase64 } from '#json-bytes';
import type { RequestRecord } from '#observability';

/** What a call to an upstream needs beside its data. */
export interface UpstreamRequestContext {
  /** Sent to the upstream as X-Request-ID. */
  readonly correlationId: string;
  /** Aborted when the client disconnects or the server shuts down; the reason is a ProxyException if it has one. */
  readonly signal: AbortSignal;
  /** The client's own API key; sent only to upstreams that are configured for it. */
  readonly clientKey?: string;
  /** Headers of the client that are forwarded, from an allow-list. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the client's API key, or its address: calls wait in one queue for each caller. */
  readonly caller?: string;
  /** Base64 that is written back in place of its placeholders. */
  readonly extractedBase64?: ExtractedBase64;
  readonly record?: RequestRecord;
}
