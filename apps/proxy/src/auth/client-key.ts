import type { Request } from 'express';

/** Sent by clients that require a key where the server needs none (protocol C2). */
const PLACEHOLDERS = new Set([
  '',
  'ollama',
  'default-key',
  'none',
  'null',
  'undefined',
  'dummy',
  'no-key',
  'not-needed',
  'sk-no-key-required',
]);

/** The key that a client sent; undefined for none, a placeholder, or another scheme than Bearer. */
export function clientKeyOf({ headers }: Request): string | undefined {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key'] ?? headers['api-key'];
  const key = bearer ?? (typeof header === 'string' ? header.trim() : undefined);
  return key === undefined || isPlaceholder(key) ? undefined : key;
}

/** Every key that a request presents, in any header that may carry one; a repeated header counts each time. */
export function presentedKeys({ headersDistinct: headers }: Request): string[] {
  const bearers = (headers.authorization ?? []).map((value) => /^Bearer\s+(\S.*)$/i.exec(value.trim())?.[1] ?? '');
  const others = [...(headers['x-api-key'] ?? []), ...(headers['api-key'] ?? [])];
  return [...bearers, ...others].map((key) => key.trim()).filter((key) => !isPlaceholder(key));
}

function isPlaceholder(key: string): boolean {
  return PLACEHOLDERS.has(key.toLowerCase());
}
