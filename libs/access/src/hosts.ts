import { BlockList, isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** Loopback and private addresses, to which no public name should resolve. */
const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8);
LOCAL.addSubnet('10.0.0.0', 8);
LOCAL.addSubnet('172.16.0.0', 12);
LOCAL.addSubnet('192.168.0.0', 16);
LOCAL.addAddress('0.0.0.0');
LOCAL.addAddress('::', 'ipv6');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addSubnet('fc00::', 7, 'ipv6');

/** Read once, because it is a system call and every request is checked. */
const OWN_NAME = hostname().toLowerCase();

const LOCAL_SUFFIXES = ['.localhost', '.local', '.internal'];

/**
 * Whether a server that listens on loopback accepts this Host header (protocol W38). Prevents DNS rebinding: a web page can
 * point its own name to this machine, but such a name is not among the accepted ones.
 */
export function isAllowedHost(header: string | undefined): boolean {
  const name = hostOf(header ?? '');
  if (name === '' || name === 'localhost' || name === OWN_NAME) return true;
  const family = isIP(name);
  if (family !== 0) return LOCAL.check(name, family === 6 ? 'ipv6' : 'ipv4') || ownAddresses().includes(name);
  return LOCAL_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** Whether a Host header has a name and no address. */
export function isNamedHost(header: string | undefined): boolean {
  const name = hostOf(header ?? '');
  return name !== '' && isIP(name) === 0;
}

/** The host in lower case, without port and brackets. */
function hostOf(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(header)?.[1];
  return (bracketed ?? header.replace(/:\d+$/, '')).toLowerCase();
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
