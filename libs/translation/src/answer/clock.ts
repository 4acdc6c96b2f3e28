/** The only sense of time of the pure rooms. */
export interface Clock {
  /** Milliseconds, monotonic, with fractions. */
  now(): number;
  /** UTC, RFC 3339, as in `created_at`. */
  timestamp(): string;
}
