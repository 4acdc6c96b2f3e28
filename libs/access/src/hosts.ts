import { BlockList, isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** Addresses that no name of the public internet should lead to. */
const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8);
LOCAL.addSubnet('10.0.0.0', 8);
LOCAL.addSubnet('172.16.0.0', 12);
LOCAL.addSubnet('192.168.0.0', 16);
LOCAL.addAddress('0.0.0.0');
LOCAL.addAddress('::', 'ipv6');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addSubnet('fc00::', 7, 'ipv6');

/** Asked once: it is a system call, and this is on every request's way. */
const OWN_NAME = hostname().toLowerCase();

const LOCAL_SUFFIXES = ['.localhost', '.local', '.internal'];

/**
 * Whether a Host header may reach a server that listens on loopback only (contract §5). Against pages that point a name
 * of their own at this machine: such a name is none of these.
 */
export function isAllowedHost(header: string | undefined): boolean {
  const name = hostOf(header ?? '');
  if (name === '' || name === 'localhost' || name === OWN_NAME) return true;
  const family = isIP(name);
  if (family !== 0) return LOCAL.check(name, family === 6 ? 'ipv6' : 'ipv4') || ownAddresses().includes(name);
  return LOCAL_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** Without the port and the brackets, in lower case. */
function hostOf(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(header)?.[1];
  return (bracketed ?? header.replace(/:\d+$/, '')).toLowerCase();
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}
