import { HttpException } from '@nestjs/common';
import { ProxyException } from '#errors';

export interface OllamaError {
  readonly status: number;
  readonly body: { readonly error: string };
  readonly retryAfter?: string;
}

/** Any failure as an Ollama client expects it (contract §0): one object with the text under `error`. The only such place. */
export function toOllamaError(failure: unknown): OllamaError {
  if (failure instanceof ProxyException) {
    const { retryAfter } = failure;
    return { status: failure.status, body: { error: failure.message }, ...(retryAfter && { retryAfter }) };
  }
  if (failure instanceof HttpException) return { status: failure.getStatus(), body: { error: failure.message } };
  return { status: 500, body: { error: 'internal error' } };
}
