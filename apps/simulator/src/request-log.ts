import type { IncomingHttpHeaders } from 'node:http';

/** What the simulator remembers about a request. */
export interface RecordedRequest {
  method: string;
  /** Path with its query string, as received. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The parsed JSON body; the raw text when it is not JSON; undefined until it was read. */
  body: unknown;
  /** The caller's socket closed before the answer was finished. */
  aborted: boolean;
  /** When that happened, in milliseconds since the epoch. */
  abortedAt?: number;
  /** Everything that was to be sent was sent, a scripted cut included. */
  finished: boolean;
}

/** The newest requests, at most as many as the limit. */
export class RequestLog {
  readonly entries: RecordedRequest[] = [];

  constructor(private readonly limit: number) {}

  add(method: string, path: string, headers: IncomingHttpHeaders): RecordedRequest {
    const entry: RecordedRequest = { method, path, headers, body: undefined, aborted: false, finished: false };
    this.entries.push(entry);
    if (this.entries.length > this.limit) this.entries.shift();
    return entry;
  }

  clear(): void {
    this.entries.length = 0;
  }
}
