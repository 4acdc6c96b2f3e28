/** The clock that pure libraries are given. */
export interface Clock {
  /** Milliseconds, monotonic, with fractions. */
  now(): number;
  /** The current time as UTC, RFC 3339, as in `created_at`. */
  timestamp(): string;
}
