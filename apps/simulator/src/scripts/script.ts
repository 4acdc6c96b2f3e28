/** How one response differs from normal behaviour. */
export interface Script {
  /** The text of the completion, instead of a generated one. */
  text?: string;
  /** The reasoning, on any model; an empty string means none. */
  thinking?: string;
  /** Exact number of tokens of the generated text. */
  tokens?: number;
  /** Approximate size of the generated text in bytes. It is sent in pieces of a kilobyte that count as one token each. */
  hugeBytes?: number;
  /** Number of tool calls, regardless of the conversation. */
  toolCalls?: number;
  /** The tool calls themselves, regardless of the conversation. */
  calls?: { name: string; arguments: unknown }[];
  /** The finish reason, verbatim. */
  finish?: string;
  /** No text, no reasoning, no calls. */
  emptyAnswer?: boolean;
  /** No finish reason, in a stream no finish chunk. */
  noFinish?: boolean;
  noDone?: boolean;
  noUsage?: boolean;
  /** Every count of the usage, verbatim: a text, a fraction, a negative number, null. "1e999" is sent as a number. */
  usage?: unknown;
  /** Answers a stream request with one JSON object. */
  json?: boolean;

  tokenDelayMs?: number;
  firstTokenDelayMs?: number;
  headersDelayMs?: number;
  /** Sends one to three bytes at a time with this delay. */
  dripMs?: number;
  /** Sends the whole response in one write. */
  burst?: boolean;

  /** Answers with this status and an error. */
  status?: number;
  /** The message of that error; without a status, an error body under status 200. */
  error?: string;
  /** Value of a Retry-After header. */
  retryAfter?: string | number;
  /** Makes the error an HTML page, as gateways do. */
  html?: boolean;

  hang?: 'before-headers' | 'after-headers' | 'mid-stream';
  /** Ends early: inside an event, between two events, with a reset, or in order but incomplete. */
  cut?: 'mid-event' | 'between-events' | 'reset' | 'clean';
  /** Puts something that is not JSON into the response. */
  malformed?: boolean;
  /** Message of an error that is sent after the response has begun. */
  errorEvent?: string;
  /** Number of chunks before a fault; 2 by default. */
  after?: number;
}

const FIELDS: Record<keyof Script, true> = {
  text: true,
  thinking: true,
  tokens: true,
  hugeBytes: true,
  toolCalls: true,
  calls: true,
  finish: true,
  emptyAnswer: true,
  noFinish: true,
  noDone: true,
  noUsage: true,
  usage: true,
  json: true,
  tokenDelayMs: true,
  firstTokenDelayMs: true,
  headersDelayMs: true,
  dripMs: true,
  burst: true,
  status: true,
  error: true,
  retryAfter: true,
  html: true,
  hang: true,
  cut: true,
  malformed: true,
  errorEvent: true,
  after: true,
};

export function isScriptField(name: string): boolean {
  return Object.hasOwn(FIELDS, name);
}
