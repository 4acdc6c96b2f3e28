import { BlockList, isIP } from 'node:net';

/** Names that Express knows for ranges of addresses. */
const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/** Which forwarders to believe about a client's address: a number of hops, or ranges; undefined with a mistake. */
export function readTrustedProxies(value: string): number | string[] | undefined {
  if (/^\d+$/.test(value)) return Number(value);
  const ranges = value.split(',').map((range) => range.trim());
  return ranges.every((range) => NAMED_RANGES.includes(range) || isRange(range)) ? ranges : undefined;
}

/** An address, or one with the length of its prefix. */
function isRange(range: string): boolean {
  const [address = '', length, ...more] = range.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (length === undefined) return true;
  if (!/^\d+$/.test(length)) return false;
  try {
    new BlockList().addSubnet(address, Number(length), family === 6 ? 'ipv6' : 'ipv4');
    return true;
  } catch {
    return false;
  }
}
