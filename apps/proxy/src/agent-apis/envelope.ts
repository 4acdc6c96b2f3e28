import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import type { OpenedReasoning, SealedReasoning } from '#contracts';
import { BadRequestError } from '#errors';

/** Identifies texts of `seal`; signatures of other providers are dropped. */
const PREFIX = 'p1.';

/** The same with encrypted reasoning behind: `p2.{origin}.{text}.{content}`. */
const SEALED_PREFIX = 'p2.';
const SEALED = /^p2\.([\w-]{1,64})\.([\w-]*)\.(.+)$/s;

/** Upstreams encrypt some kilobytes a turn, which a client sends with every further request. */
const MAX_SEALED_LENGTH = 64 * 1024;

/** A turn's reasoning takes some kilobytes; a client cannot make the proxy inflate more than this. */
const MAX_TEXT_BYTES = 256 * 1024;

/** The same for all turns of one request: deflate makes a kilobyte of a few bytes, which no limit of the body bounds. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/**
 * Reasoning in the opaque field that clients return with the next request (`signature`, `encrypted_content`). It is
 * compressed, not encrypted: it holds what the model wrote for this client.
 */
export function seal(text: string, sealed?: SealedReasoning): string {
  const packed = deflateRawSync(text.slice(0, MAX_TEXT_BYTES / 4)).toString('base64url');
  if (!sealed || sealed.content.length > MAX_SEALED_LENGTH) return PREFIX + packed;
  return `${SEALED_PREFIX}${sealed.origin}.${packed}.${sealed.content}`;
}

/**
 * A function for one request that returns what `seal` was given, and undefined for anything else.
 * It throws BadRequestError above MAX_REQUEST_BYTES in all.
 */
export function createOpener(): (sealed: string) => OpenedReasoning | undefined {
  let left = MAX_REQUEST_BYTES;
  return (envelope) => {
    const [, origin, packed = '', content] = SEALED.exec(envelope) ?? [];
    const text = origin === undefined ? open(envelope) : inflate(packed);
    if (text === undefined) return undefined;
    left -= text.length;
    if (left < 0) throw new BadRequestError('the reasoning of earlier turns is too large');
    return {
      text: text.toString(),
      ...(origin !== undefined && content !== undefined && { sealed: { origin, content } }),
    };
  };
}

function open(envelope: string): Buffer | undefined {
  return envelope.startsWith(PREFIX) ? inflate(envelope.slice(PREFIX.length)) : undefined;
}

function inflate(packed: string): Buffer | undefined {
  try {
    return inflateRawSync(Buffer.from(packed, 'base64url'), { maxOutputLength: MAX_TEXT_BYTES });
  } catch {
    return undefined;
  }
}

/** `msg_` and 24 random letters and digits, the form that the real APIs use. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(18).toString('base64url').replace(/[-_]/g, '0')}`;
}
