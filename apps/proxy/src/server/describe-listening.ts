import type { ServerSettings } from '#config';

/** What is told once at start. */
export function describeListening({ port, addresses, tls }: ServerSettings): string {
  return `listening on port ${String(port)} of ${addresses.join(' and ')}${tls ? ', with TLS' : ''}`;
}
