/** What goes down with every call beside its data. */
export interface CallContext {
  /** Sent to the backend as X-Request-ID. */
  readonly correlationId: string;
  /** Fires when the client has left: whatever waits for this call has to stop. */
  readonly signal: AbortSignal;
}
