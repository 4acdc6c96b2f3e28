import type { JsonObject } from '../json.js';
import type { Refusal } from './refusal.js';

/** How a dialect writes its errors. */
export type ErrorShape = 'openai' | 'numeric-code' | 'vllm' | 'string' | 'array' | 'object-error' | 'fireworks';

const VLLM_TYPES: Record<number, string> = { 400: 'BadRequestError', 401: 'Unauthorized', 404: 'NotFoundError' };
const GOOGLE_STATUS: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

interface ErrorFacts {
  status: number;
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

const SHAPES: Record<ErrorShape, (facts: ErrorFacts) => JsonObject | JsonObject[]> = {
  openai: ({ message, type, param, code }) => ({ error: { message, type, param, code } }),
  'numeric-code': ({ status, message, type }) => ({ error: { message, type, code: status } }),
  vllm: ({ status, message, param }) => ({
    error: { message, type: VLLM_TYPES[status] ?? 'InternalServerError', param, code: status },
  }),
  string: ({ message }) => ({ error: message }),
  array: ({ status, message }) => [{ error: { code: status, message, status: GOOGLE_STATUS[status] ?? 'INTERNAL' } }],
  'object-error': ({ status, message, type, param, code }) =>
    status === 401 ? { detail: message } : { object: 'error', message, type, param, code },
  fireworks: ({ message, type, code }) => ({ error: { object: 'error', type, code, message } }),
};

/** The JSON body of an error answer. */
export function toErrorBody(shape: ErrorShape, refusal: Refusal): JsonObject | JsonObject[] {
  const { type = defaultType(refusal.status), param = null, code = null, body } = refusal.details;
  return body ?? SHAPES[shape]({ status: refusal.status, message: refusal.message, type, param, code });
}

function defaultType(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
