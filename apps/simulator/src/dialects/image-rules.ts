const MAGIC: Record<string, (bytes: Buffer) => boolean> = {
  'image/png': (bytes) => bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n',
  'image/jpeg': (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff,
  'image/gif': (bytes) => /^GIF8[79]a$/.test(bytes.subarray(0, 6).toString('latin1')),
  'image/webp': (bytes) =>
    bytes.subarray(0, 4).toString('latin1') === 'RIFF' && bytes.subarray(8, 12).toString('latin1') === 'WEBP',
};

/** Why an image URL is refused, if it is; the bytes must be what the URL says they are. */
export function findImageProblem(url: string, remote: boolean): string | undefined {
  if (remote && /^https?:\/\//.test(url)) return undefined;
  const [, type = '', data = ''] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  const check = MAGIC[type];
  if (!check) return 'Invalid image: expected a base64 data URL of a PNG, JPEG, GIF or WebP image.';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(data) || data.length % 4 !== 0) return 'Invalid base64 image_url.';
  return check(Buffer.from(data.slice(0, 64), 'base64'))
    ? undefined
    : `Invalid image: the data is not ${type}, although its URL says so.`;
}
