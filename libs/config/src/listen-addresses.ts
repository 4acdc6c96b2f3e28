import type { Environment } from './environment.js';

type ListenVariables = Pick<Environment, 'HOST' | 'PROXY_PORT'>;

/** `localhost` means both loopback addresses, as in Ollama. */
export function listenAddresses({ HOST: host }: Pick<Environment, 'HOST'>): string[] {
  return host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
}

/** Every 127.x.x.x address is loopback (RFC 1122 §3.2.1.3). */
export function isLoopback(address: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|::1)$/.test(address);
}

/**
 * Whether a base URL leads back to this process by its literal address; names other than `localhost` are not resolved.
 * The port is unknown before the start if PROXY_PORT is 0.
 */
export function isOwnAddress(baseUrl: string, environment: ListenVariables): boolean {
  const url = new URL(baseUrl);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  if (port !== environment.PROXY_PORT) return false;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return listenAddresses(environment).some((address) => {
    const isAny = address === '0.0.0.0' || address === '::';
    if (host === 'localhost' || host === '0.0.0.0' || host === '::') return isAny || isLoopback(address);
    return host === address || (isAny && isLoopback(host));
  });
}
