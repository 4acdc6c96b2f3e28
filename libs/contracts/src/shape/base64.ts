import { BadRequestError } from '#errors';

/**
 * Checks standard, padded base64 without decoding it; a payload of megabytes is looked at once and copied never.
 * Line breaks are allowed, as Go's decoder allows them, and taken out.
 */
export function readBase64(value: string): string {
  const bad = value.search(/[^A-Za-z0-9+/]/);
  if (bad === -1) return checkLength(value, value.length);
  if (/[\r\n]/.test(value)) return readBase64(value.replace(/[\r\n]/g, ''));
  if (!/^={1,2}$/.test(value.slice(bad))) throw illegal(bad);
  return checkLength(value, bad);
}

function checkLength(value: string, dataLength: number): string {
  if (value.length % 4 !== 0 || dataLength % 4 === 1) throw illegal(value.length - (value.length % 4));
  return value;
}

function illegal(position: number): BadRequestError {
  return new BadRequestError(`illegal base64 data at input byte ${String(position)}`);
}
