import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import { BadRequestError } from '#errors';

/** Identifies texts of `seal`; signatures of other providers are dropped. */
const PREFIX = 'p1.';

/** A turn's reasoning takes some kilobytes; a client cannot make the proxy inflate more than this. */
const MAX_TEXT_BYTES = 256 * 1024;

/** The same for all turns of one request: deflate makes a kilobyte of a few bytes, which no limit of the body bounds. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/**
 * Reasoning in the opaque field that clients return with the next request (`signature`, `encrypted_content`). It is
 * compressed, not encrypted: it holds what the model wrote for this client.
 */
export function seal(text: string): string {
  return PREFIX + deflateRawSync(text.slice(0, MAX_TEXT_BYTES / 4)).toString('base64url');
}

/**
 * A function for one request that returns the text of `seal`, and undefined for anything else.
 * It throws BadRequestError above MAX_REQUEST_BYTES in all.
 */
export function createOpener(): (sealed: string) => string | undefined {
  let left = MAX_REQUEST_BYTES;
  return (sealed) => {
    const text = open(sealed);
    if (text === undefined) return undefined;
    left -= text.length;
    if (left < 0) throw new BadRequestError('the reasoning of earlier turns is too large');
    return text.toString();
  };
}

function open(sealed: string): Buffer | undefined {
  if (!sealed.startsWith(PREFIX)) return undefined;
  try {
    const packed = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
    return inflateRawSync(packed, { maxOutputLength: MAX_TEXT_BYTES });
  } catch {
    return undefined;
  }
}

/** `msg_` and 24 random letters and digits, the form that the real APIs use. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(18).toString('base64url').replace(/[-_]/g, '0')}`;
}
