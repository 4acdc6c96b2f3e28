/** A failure as the client gets it before the first byte. */
export interface ErrorResponse {
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly retryAfter?: string;
}
