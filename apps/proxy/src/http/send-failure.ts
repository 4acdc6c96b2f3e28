import type { Request, Response } from 'express';
import { toOllamaError } from './ollama-error.js';
import { toOpenAiError } from './openai-error.js';

interface Told {
  readonly status: number;
  /** JSON. */
  readonly body: string;
  readonly retryAfter?: string;
}

/** A failure before the first byte, in the words of the API that the path belongs to. Says which status it became. */
export function sendFailure(request: Request, response: Response, failure: unknown): number {
  const { status, body, retryAfter } = tell(request.path, failure);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return status;
  }
  if (retryAfter) response.setHeader('Retry-After', retryAfter);
  response.status(status).setHeader('Content-Type', 'application/json; charset=utf-8').end(body);
  return status;
}

function tell(path: string, failure: unknown): Told {
  if (path.startsWith('/v1/')) return toOpenAiError(failure);
  const told = toOllamaError(failure);
  return { ...told, body: JSON.stringify(told.body) };
}
