/**
 * Takes a JSON value as one program's types take it: what that program would refuse is an error that names the place.
 * Unknown fields are ignored, as all of these programs do.
 */
export type Decoder<T> = (value: unknown, at: string) => T;

type Fields = Readonly<Record<string, Decoder<unknown>>>;
type Decoded<F extends Fields> = { [Name in keyof F]: ReturnType<F[Name]> };

function refuse(value: unknown, at: string, expected: string): never {
  throw new Error(`${at}: expected ${expected}, got ${value === undefined ? 'nothing' : JSON.stringify(value)}`);
}

export const string: Decoder<string> = (value, at) =>
  typeof value === 'string' ? value : refuse(value, at, 'a string');

export const boolean: Decoder<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : refuse(value, at, 'a boolean');

/** A float of any kind. */
export const number: Decoder<number> = (value, at) =>
  typeof value === 'number' ? value : refuse(value, at, 'a number');

/** int64 and long: a fraction is refused. */
export const integer: Decoder<number> = (value, at) =>
  Number.isSafeInteger(value) ? (value as number) : refuse(value, at, 'an integer');

/** u64 and usize. */
export const unsigned: Decoder<number> = (value, at) => {
  const read = integer(value, at);
  return read >= 0 ? read : refuse(value, at, 'an integer that is not negative');
};

/** A count or a duration that programs divide by. */
export const positive: Decoder<number> = (value, at) => {
  const read = integer(value, at);
  return read > 0 ? read : refuse(value, at, 'an integer above zero');
};

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

export const timestamp: Decoder<Date> = (value, at) => {
  const date = new Date(string(value, at));
  const valid = RFC_3339.test(String(value)) && !Number.isNaN(date.getTime());
  return valid ? date : refuse(value, at, 'an RFC 3339 timestamp');
};

/** At least as long as programs cut it: the first 12 characters, or 7 to 19 behind `sha256:`. */
export const digest: Decoder<string> = (value, at) =>
  /^[0-9a-f]{19,}$/.test(string(value, at)) ? (value as string) : refuse(value, at, 'a digest in hexadecimal');

export function oneOf<const T>(...allowed: T[]): Decoder<T> {
  return (value, at) => allowed.find((each) => each === value) ?? refuse(value, at, allowed.join(' or '));
}

/** The field may be missing; null is refused (zod's `optional`, value types of System.Text.Json). */
export function optional<T>(decode: Decoder<T>): Decoder<T | undefined> {
  return (value, at) => (value === undefined ? undefined : decode(value, at));
}

/** Missing or null (serde's Option, pydantic's Optional, a field of a Go struct). */
export function nullable<T>(decode: Decoder<T>): Decoder<T | undefined> {
  return (value, at) => (value === undefined || value === null ? undefined : decode(value, at));
}

/** The field must not be there, not even as null. */
export const absent: Decoder<undefined> = (value, at) => (value === undefined ? value : refuse(value, at, 'nothing'));

export function list<T>(decode: Decoder<T>): Decoder<T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) return refuse(value, at, 'an array');
    return value.map((item, index) => decode(item, `${at}[${String(index)}]`));
  };
}

/** An object with any keys. */
export function mapOf<T>(decode: Decoder<T>): Decoder<Record<string, T>> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(value, at, 'an object');
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, decode(each, `${at}.${key}`)]));
  };
}

export const anything: Decoder<unknown> = (value) => value;

export function struct<F extends Fields>(fields: F): Decoder<Decoded<F>> {
  return (value, at) => {
    const given = mapOf(anything)(value, at);
    const names = Object.keys(fields);
    return Object.fromEntries(names.map((name) => [name, fields[name]?.(given[name], `${at}.${name}`)])) as Decoded<F>;
  };
}

/** A tool call whose client reads the name and the arguments only. */
export const toolCall = struct({ function: struct({ name: string, arguments: mapOf(anything) }) });

/** The durations and counts of the last object, all decoded in the same way. */
export const metrics = <T>(decode: Decoder<T>) => ({
  total_duration: decode,
  load_duration: decode,
  prompt_eval_count: decode,
  prompt_eval_duration: decode,
  eval_count: decode,
  eval_duration: decode,
});
