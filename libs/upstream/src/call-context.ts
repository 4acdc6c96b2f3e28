/** What goes down with every call beside its data. */
export interface CallContext {
  /** Sent to the backend as X-Request-ID. */
  readonly correlationId: string;
  /** Fires when the client has left: whatever waits for this call has to stop. */
  readonly signal: AbortSignal;
  /** The key the client came with, if it is a real one; sent only to backends that are configured so. */
  readonly clientKey?: string;
}
