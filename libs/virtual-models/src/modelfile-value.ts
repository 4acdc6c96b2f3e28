import { BadRequestError } from '#errors';

interface ReadValue {
  readonly value: string;
  /** Where the line after it begins, or the text ends. */
  readonly end: number;
}

/**
 * The value at the beginning of a text. A quoted one goes on to the first line that ends with its quotes, so quotes inside
 * of a line belong to it.
 * @throws BadRequestError for quotes that are not closed
 */
export function readValue(text: string): ReadValue {
  const quote = /^"(?:"")?/.exec(text)?.[0];
  const firstEnd = lineEnd(text, 0);
  if (quote === undefined) return { value: text.slice(0, firstEnd).trim(), end: firstEnd };
  for (let start = 0, end = firstEnd; ; start = end + 1, end = lineEnd(text, start)) {
    const close = start + text.slice(start, end).trimEnd().length - quote.length;
    if (close >= quote.length && close >= start && text.startsWith(quote, close))
      return { value: text.slice(quote.length, close), end };
    if (end === text.length) throw new BadRequestError('unexpected EOF');
  }
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

/**
 * A value with the quotes that it needs. Two things cannot be written as they are: line ends other than LF become LF, and
 * `"""` becomes `'''` where a line ends with it.
 */
export function writeValue(value: string): string {
  const text = withUnixLineEnds(value);
  const forms = [text, `"${text}"`, `"""${text}"""`];
  return forms.find((form) => readsAs(form, text)) ?? `"""${text.replaceAll('"""', "'''")}"""`;
}

/** All three kinds end a line in a Modelfile. */
export function withUnixLineEnds(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

function readsAs(form: string, value: string): boolean {
  try {
    const read = readValue(form);
    return read.value === value && read.end === form.length;
  } catch {
    return false;
  }
}
