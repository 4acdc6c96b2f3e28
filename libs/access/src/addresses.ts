import { isIPv4, isIPv6 } from 'node:net';
import { BoundedMap } from '#primitives';

const GROUPS = 8;
/** A host usually controls the whole /64 network of its IPv6 address. */
const NETWORK_GROUPS = 4;

/**
 * An address in the one form that all its spellings share: without port, brackets and zone id, IPv4-mapped ones as IPv4, IPv6
 * as eight groups in lower case without leading zeros. Empty for what is no address.
 */
export function canonicalAddress(text: string): string {
  const address = withoutPort(text.trim()).split('%', 1)[0] ?? '';
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return '';
  const groups = groupsOf(address);
  return mappedAddress(groups) ?? groups.map((group) => group.toString(16)).join(':');
}

/** Addresses whose network is kept. Every request of a client needs it. */
const MAX_KEPT = 1000;
const kept = new BoundedMap<string, string>(MAX_KEPT);

/** What one client is assumed to control: an IPv4 address, or the /64 network of an IPv6 address. Empty for no address. */
export function networkOf(text: string): string {
  let network = kept.get(text);
  if (network === undefined) kept.set(text, (network = readNetwork(text)));
  return network;
}

function readNetwork(text: string): string {
  const address = canonicalAddress(text);
  if (address === '' || isIPv4(address)) return address;
  return `${address.split(':').slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

/** `1.2.3.4:80` and `[::1]:80`; an IPv6 address without brackets has no port. */
function withoutPort(text: string): string {
  return (
    /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? (/^\d+(\.\d+){3}:\d+$/.test(text) ? text.replace(/:\d+$/, '') : text)
  );
}

function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const before = numbersOf(head);
  const after = numbersOf(tail ?? '');
  return [...before, ...Array<number>(GROUPS - before.length - after.length).fill(0), ...after];
}

/** The last group may be an IPv4 address, which counts as two. */
function numbersOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [first = 0, second = 0, third = 0, fourth = 0] = group.split('.').map(Number);
    return [first * 256 + second, third * 256 + fourth];
  });
}

/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
function mappedAddress(groups: readonly number[]): string | undefined {
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}
