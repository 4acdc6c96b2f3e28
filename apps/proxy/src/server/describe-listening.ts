import type { Settings } from '#config';

/** The log line of a start: version, URLs to use, and the host of each upstream. */
export function describeListening({ build, server, mapping }: Settings): string {
  const scheme = server.tls ? 'https' : 'http';
  const urls = server.addresses.map((address) => `${scheme}://${urlHost(address)}:${String(server.port)}`);
  const upstreams = mapping.upstreams.map(({ name, baseUrl }) => `${name} (${new URL(baseUrl).host})`);
  const page = server.hasPage ? ', with a page for browsers' : '';
  return `ollama-openai-proxy ${build.version} listening on ${urls.join(' and ')}${page}; upstreams: ${upstreams.join(', ')}`;
}

function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
