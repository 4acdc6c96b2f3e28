import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';

/** Identifies texts of `seal`; signatures of other providers are dropped. */
const PREFIX = 'p1.';

/** A turn's reasoning takes some kilobytes; a client cannot make the proxy inflate more than this. */
const MAX_TEXT_BYTES = 256 * 1024;

/**
 * Reasoning in the opaque field that clients return with the next request (`signature`, `encrypted_content`). It is
 * compressed, not encrypted: it holds what the model wrote for this client.
 */
export function seal(text: string): string {
  return PREFIX + deflateRawSync(text.slice(0, MAX_TEXT_BYTES / 4)).toString('base64url');
}

/** The text of `seal`; undefined for anything else. */
export function open(sealed: string): string | undefined {
  if (!sealed.startsWith(PREFIX)) return undefined;
  try {
    const packed = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
    return inflateRawSync(packed, { maxOutputLength: MAX_TEXT_BYTES }).toString();
  } catch {
    return undefined;
  }
}

/** `msg_` and 24 random letters and digits, the form that the real APIs use. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(18).toString('base64url').replace(/[-_]/g, '0')}`;
}
