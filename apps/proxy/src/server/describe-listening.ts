import type { ServerSettings } from '#config';

/** The log line of a start. */
export function describeListening({ port, addresses, tls }: ServerSettings): string {
  return `listening on port ${String(port)} of ${addresses.join(' and ')}${tls ? ', with TLS' : ''}`;
}
