import type { Request } from 'express';
import { networkOf } from '#access';

/**
 * Who makes a request, for limits and shares: its API key or its address. The prefix keeps a key that is named like an
 * address apart from that address.
 */
export function callerOf(request: Request): string {
  return request.apiKey ? `key:${request.apiKey.name}` : `address:${clientNetwork(request)}`;
}

/** In one form for all spellings of an address, so that no client has several shares. */
export function clientNetwork(request: Request): string {
  // Without the header, which `request.ip` walks through, it is the address of the connection.
  const isForwarded = request.headers['x-forwarded-for'] !== undefined;
  return networkOf((isForwarded ? request.ip : request.socket.remoteAddress) ?? '');
}
