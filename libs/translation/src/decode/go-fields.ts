import { BadRequestError } from '#errors';
import { isRecord } from '#primitives';

/** Turns a JSON value that is not null into what the code works with. `path` is how Go would name the field. */
export type Reader<T> = (value: unknown, path: string) => T;

export type Fields = Readonly<Record<string, Reader<unknown>>>;

/** What a set of readers yields: every field may be absent. */
export type Decoded<F extends Fields> = { -readonly [Name in keyof F]?: ReturnType<F[Name]> };

/**
 * Reads an object the way Go fills a struct (contract §0): unknown keys are ignored, keys match in any case and the
 * last one wins, null is the same as absent, a wrong type is an error that names the field.
 */
export function readFields<F extends Fields>(value: unknown, path: string, fields: F): Decoded<F> {
  const decoded: Record<string, unknown> = {};
  for (const key of Object.keys(value as object)) {
    const name = Object.hasOwn(fields, key) ? key : key.toLowerCase();
    const read = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const given = (value as Record<string, unknown>)[key];
    if (read && given !== null && given !== undefined) decoded[name] = read(given, `${path}.${name}`);
  }
  return decoded as Decoded<F>;
}

/** The body of a request: an object, or null for an empty one. `type` is Go's name of the struct. */
export function readBody<F extends Fields>(body: unknown, type: string, fields: F): Decoded<F> {
  if (body === null || body === undefined) return {};
  if (!isRecord(body)) {
    throw new BadRequestError(`json: cannot unmarshal ${kindOf(body)} into Go value of type api.${type}`);
  }
  return readFields(body, type, fields);
}

export const readString: Reader<string> = (value, path) => {
  if (typeof value !== 'string') throw mismatch(value, path, 'string');
  return value;
};

export const readBoolean: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw mismatch(value, path, 'bool');
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

export const readAnything: Reader<unknown> = (value) => value;

export function readObject(goType = 'map[string]interface {}'): Reader<Record<string, unknown>> {
  return (value, path) => {
    if (!isRecord(value)) throw mismatch(value, path, goType);
    return value;
  };
}

export function readList<T>(goType: string, readItem: Reader<T>): Reader<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw mismatch(value, path, goType);
    return value.map((item) => readItem(item, path));
  };
}

export function readStruct<F extends Fields>(goType: string, fields: F): Reader<Decoded<F>> {
  return (value, path) => {
    if (value === null) return {};
    if (!isRecord(value)) throw mismatch(value, path, goType);
    return readFields(value, path, fields);
  };
}

function mismatch(value: unknown, path: string, goType: string): BadRequestError {
  return new BadRequestError(`json: cannot unmarshal ${kindOf(value)} into Go struct field ${path} of type ${goType}`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
