import { BadRequestError } from '#errors';
import { isRecord } from '#primitives';

/**
 * Turns a JSON value that is not null into the value that the code works with.
 * @param path Go's name of the field, for the error
 * @throws BadRequestError in the words of Go's JSON decoder
 */
export type Reader<T> = (value: unknown, path: string) => T;

export const readString: Reader<string> = (value, path) => {
  if (typeof value !== 'string') throw mismatch(value, path, 'string');
  return value;
};

export const readBoolean: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw mismatch(value, path, 'bool');
  return value;
};

export const readNumber: Reader<number> = (value, path) => {
  if (typeof value !== 'number') throw mismatch(value, path, 'float64');
  return value;
};

export const readInteger: Reader<number> = (value, path) => {
  if (typeof value !== 'number') throw mismatch(value, path, 'int');
  if (!Number.isSafeInteger(value)) {
    throw new BadRequestError(
      `json: cannot unmarshal number ${String(value)} into Go struct field ${path} of type int`,
    );
  }
  return value;
};

export function readObject(goType: string): Reader<Record<string, unknown>> {
  return (value, path) => {
    if (!isRecord(value)) throw mismatch(value, path, goType);
    return value;
  };
}

/** @param maxItems more are refused before any is read */
export function readList<T>(goType: string, readItem: Reader<T>, maxItems: number): Reader<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw mismatch(value, path, goType);
    checkLength(value, maxItems, path);
    return value.map((item) => readItem(item, path));
  };
}

/** @throws BadRequestError for a list of more items */
export function checkLength({ length }: readonly unknown[], maxItems: number, path: string): void {
  if (length <= maxItems) return;
  throw new BadRequestError(`too many items in ${path}: ${String(length)}, the limit is ${String(maxItems)}`);
}

export function mismatch(value: unknown, path: string, goType: string): BadRequestError {
  return new BadRequestError(`json: cannot unmarshal ${kindOf(value)} into Go struct field ${path} of type ${goType}`);
}

/** Go's name of a JSON type. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
