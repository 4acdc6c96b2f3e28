import { Transform } from 'class-transformer';

/** Converts the text of a variable; other values stay. */
const fromText = (convert: (text: string) => unknown): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? convert(value) : value));

export const ToNumber = fromText(Number);

export const ToUpperCase = fromText((text) => text.toUpperCase());

export const ToBoolean = fromText((text) => {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  return /^(false|0|no|off)$/i.test(text) ? false : text;
});

/** `auto` means the same as 0. */
export const ToWorkers = fromText((text) => (/^auto$/i.test(text) ? 0 : Number(text)));

/** `proxy:3128` means the same as `http://proxy:3128`, as in curl and Go. */
export const ToProxyUrl = fromText((text) => (text.includes('://') ? text.trim() : `http://${text.trim()}`));
