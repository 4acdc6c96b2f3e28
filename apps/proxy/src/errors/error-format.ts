import { HttpException } from '@nestjs/common';
import { ProxyException, UnauthorizedError, UnsupportedError, UpstreamError } from '#errors';
import { anthropicFormat } from './anthropic.js';
import { ollamaFormat } from './ollama.js';
import { openAiFormat } from './openai.js';

/** An error as the client gets it before the first byte of the response. */
export interface ErrorResponse {
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly retryAfter?: string;
  /** A repeated request fails the same way. */
  readonly isFinal: boolean;
}

/** A failure as the formats read it. */
interface Failure {
  readonly cause: unknown;
  readonly status: number;
  /** Fit for clients. */
  readonly message: string;
  /** Body of the upstream's error response; absent for failures of our own and where `status` is not the upstream's. */
  readonly upstreamBody?: string;
  readonly retryAfter?: string;
}

/** How one API words its errors. */
export interface ErrorFormat {
  /** Clients of an API that is passed through get the upstream's own status, unless it is about our key. */
  readonly keepsUpstreamStatus: boolean;
  /** The SDKs of this API read `x-should-retry` before they look at the status (protocol C30). */
  readonly hasRetryHeader: boolean;
  /** JSON. */
  body(failure: Failure): string;
  /** What ends a stream that failed after its beginning. */
  streamEnd(failure: Failure): string;
}

/** The formats by the names that routes declare. */
export const ERROR_FORMATS = {
  ollama: ollamaFormat,
  openai: openAiFormat,
  anthropic: anthropicFormat,
} as const satisfies Record<string, ErrorFormat>;

export type ErrorFormatName = keyof typeof ERROR_FORMATS;

export function toErrorResponse(format: ErrorFormat, cause: unknown): ErrorResponse {
  const failure = describeFailure(format, cause);
  const { status, retryAfter } = failure;
  return { status, body: format.body(failure), isFinal: isFinal(failure), ...(retryAfter && { retryAfter }) };
}

/** Agents repeat even these for minutes unless a header forbids it (protocol C30). */
function isFinal({ cause, status }: Failure): boolean {
  return cause instanceof UnsupportedError || cause instanceof UnauthorizedError || MISSING.has(status);
}

/** Statuses of what is not there: a model, a path, a method. */
const MISSING: ReadonlySet<number> = new Set([404, 405, 501]);

/** The text of a failure that is not in the form of an API. */
export function toClientText(cause: unknown): string {
  return describeFailure(openAiFormat, cause).message;
}

export function toStreamEnd(format: ErrorFormat, cause: unknown): string {
  return format.streamEnd(describeFailure(format, cause));
}

function describeFailure({ keepsUpstreamStatus }: ErrorFormat, cause: unknown): Failure {
  if (cause instanceof HttpException) return { cause, status: cause.getStatus(), message: cause.message };
  if (!(cause instanceof ProxyException)) return { cause, status: 500, message: 'internal error' };
  const { status, message, retryAfter } = cause;
  // 502 hides the 401 that our key got; otherwise the upstream's status stands.
  const upstream =
    keepsUpstreamStatus && cause instanceof UpstreamError && (status !== 502 || cause.upstreamStatus === 502)
      ? cause
      : undefined;
  return {
    cause,
    status: upstream?.upstreamStatus ?? status,
    message,
    ...(upstream && { upstreamBody: upstream.body }),
    ...(retryAfter && { retryAfter }),
  };
}
