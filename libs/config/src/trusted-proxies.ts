import { BlockList, isIP } from 'node:net';

/** Names of address ranges in Express. */
const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/** A number of hops, or address ranges. Adds a mistake for any other value. */
export function checkTrustedProxies(value: string | undefined, mistakes: string[]): number | string[] | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const ranges = value.split(',').map((range) => range.trim());
  if (ranges.every((range) => NAMED_RANGES.includes(range) || isRange(range))) return ranges;
  mistakes.push('TRUSTED_PROXIES must be a number, or a comma-separated list of addresses and ranges');
  return undefined;
}

/** An address, with or without a prefix length. */
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
