import type { Request } from 'express';
import { canonicalAddress } from '#access';

const HEADER = 'x-forwarded-for';

/**
 * Puts the addresses that proxies report into one form. Some proxies append the client's port, which Express takes for a
 * part of the address: it would neither recognise a trusted proxy by it, nor two connections of one client.
 */
export function normaliseForwardedFor(request: Request): boolean {
  const header = request.headers[HEADER];
  if (typeof header === 'string') {
    request.headers[HEADER] = header
      .split(',')
      .map((address) => canonicalAddress(address) || address.trim())
      .join(', ');
  }
  return true;
}
