import { BadRequestError } from '#errors';
import { isRecord } from '#primitives';
import type { Reader } from './go-readers.js';
import { kindOf, mismatch } from './go-readers.js';
import type { JsonSchema, Kind } from './kind.js';
import { BOOLEAN, INTEGER, NUMBER, OBJECT, STRING, withSchema } from './kind.js';

/** Whether the value that was read has the field: always, only if the client sent it, or never. */
type Presence = 'always' | 'sometimes' | 'never';

/** One field of a shape. */
export interface Field<T, P extends Presence = Presence> {
  readonly kind: Kind<T>;
  readonly description: string;
  /** Whether the schema requires it. A request without it is read all the same, as Go does. */
  readonly isRequired: boolean;
  readonly presence: P;
  /** What the schema has besides the kind's: `default`, `examples`, … */
  readonly more: JsonSchema;
  /** The value if it is absent or null. */
  readonly absent: () => T;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

type Value<F> = F extends Field<infer T> ? T : never;
type NamesOf<F extends Fields, P extends Presence> = {
  [Name in keyof F]: F[Name]['presence'] extends P ? Name : never;
}[keyof F];

/** The type of the values that a set of fields describes. */
export type ValueOf<F extends Fields> = { -readonly [Name in NamesOf<F, 'always'>]: Value<F[Name]> } & {
  -readonly [Name in NamesOf<F, 'sometimes'>]?: Value<F[Name]>;
} extends infer T
  ? { [Name in keyof T]: T[Name] }
  : never;

/** A request, a response or a part of one: its type, its reader and its JSON schema. */
export interface Shape<T> extends Kind<T> {
  /** Of the schema. */
  readonly name: string;
  /** Of the Go struct, for errors. */
  readonly goName: string;
  readonly description: string;
  readonly fields: Fields;
}

export type AnyShape = Omit<Shape<unknown>, 'read' | 'zero'>;

export type TypeOf<S> = S extends Shape<infer T> ? T : never;

/** @param goName where it differs from the name of the schema */
export function shape<F extends Fields>(
  name: string,
  description: string,
  fields: F,
  goName = name,
): Shape<ValueOf<F>> {
  const read = structReader<ValueOf<F>>(`api.${goName}`, fields);
  return {
    name,
    goName,
    description,
    fields,
    schema: { $ref: `#/components/schemas/${name}` },
    read,
    zero: () => read({}, goName),
    goList: `[]api.${goName}`,
    get shape() {
      return this;
    },
  };
}

/**
 * The body of a request; null means an empty one.
 * @throws BadRequestError in Ollama's words
 */
export function readBody<T>(shape: Shape<T>, body: unknown): T {
  if (body === null || body === undefined) return shape.zero();
  if (!isRecord(body)) {
    throw new BadRequestError(`json: cannot unmarshal ${kindOf(body)} into Go value of type api.${shape.goName}`);
  }
  return shape.read(body, shape.goName);
}

/**
 * Reads an object as Go fills a struct (protocol W3): unknown keys are ignored, keys match in any case and the last one
 * wins, null is the same as absent, a wrong type is an error that names the field. An optional text or list that is
 * empty counts as absent.
 */
function structReader<T>(goType: string, fields: Fields): Reader<T> {
  // A shape may contain itself, so its fields are looked at when the first object is read.
  let table: FieldTable | undefined;
  return (value, path) => {
    const { read, always } = (table ??= toTable(fields));
    if (value !== null && !isRecord(value)) throw mismatch(value, path, goType);
    const given = value ?? {};
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(given)) {
      const name = Object.hasOwn(read, key) ? key : key.toLowerCase();
      const field = Object.hasOwn(read, name) ? read[name] : undefined;
      const item = given[key];
      if (!field || item === null || item === undefined) continue;
      const readItem = field.kind.read(item, `${path}.${name}`);
      if (field.presence === 'always' || !isEmpty(readItem, field.kind)) result[name] = readItem;
      else Reflect.deleteProperty(result, name);
    }
    for (const [name, field] of always) {
      if (result[name] === undefined) result[name] = field.absent();
    }
    return result as T;
  };
}

interface FieldTable {
  readonly read: Readonly<Record<string, Field<unknown>>>;
  readonly always: readonly (readonly [name: string, field: Field<unknown>])[];
}

function toTable(fields: Fields): FieldTable {
  const entries = Object.entries(fields).filter(([, { presence }]) => presence !== 'never');
  return {
    read: Object.fromEntries(entries),
    always: entries.filter(([, { presence }]) => presence === 'always'),
  };
}

/** An empty list is a wrong value in a field for something else, such as `format`, whose check must see it. */
function isEmpty(value: unknown, kind: Kind<unknown>): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0 && Array.isArray(kind.zero()));
}

/** Further properties of a field. */
interface Options<T> {
  /** The value of an absent field, as the schema documents it. */
  readonly default?: T;
  /** The value of an absent field where the schema does not document it. */
  readonly absent?: T;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly deprecated?: boolean;
}

type PresenceOf<Required extends boolean, O> = Required extends true
  ? 'always'
  : O extends { default: unknown } | { absent: unknown }
    ? 'always'
    : 'sometimes';

/** The ways to declare a field. */
function fields<Required extends boolean>(isRequired: Required) {
  /** A field of any kind. */
  function field<T, O extends Options<unknown> = object>(kind: Kind<T>, description: string, options?: O) {
    const { absent, ...more }: Options<unknown> = options ?? {};
    const value = absent ?? more.default;
    const presence = isRequired || value !== undefined ? 'always' : 'sometimes';
    return {
      kind,
      description,
      isRequired,
      presence: presence as PresenceOf<Required, O>,
      more: more as JsonSchema,
      absent: value === undefined ? kind.zero : () => copyOf(value as T),
    } satisfies Field<T>;
  }
  return {
    of: field,
    text: <O extends Options<string> = object>(description: string, options?: O) => field(STRING, description, options),
    integer: <O extends Options<number> = object>(description: string, options?: O) =>
      field(INTEGER, description, options),
    number: <O extends Options<number> = object>(description: string, options?: O) =>
      field(NUMBER, description, options),
    flag: <O extends Options<boolean> = object>(description: string, options?: O) =>
      field(BOOLEAN, description, options),
    object: <O extends Options<object> = object>(description: string, options?: O) =>
      field(OBJECT, description, options),
    /** One of several texts. */
    choice: <const E extends string, O extends Options<E> = object>(
      values: readonly E[],
      description: string,
      options?: O,
    ) => field(withSchema(STRING, { enum: values }) as Kind<E>, description, options),
    /** A time as in `2026-01-01T12:00:00Z`. */
    time: (description: string) => field(withSchema(STRING, { format: 'date-time' }), description),
  };
}

/** Fields that a request needs, or that a response always has. */
export const required = fields(true);

/** Fields that a request may leave out, or that a response has only sometimes. */
export const optional = fields(false);

/** A field that clients send and the proxy does not read. */
export function unread<T>(field: Field<T>): Field<T, 'never'> {
  return { ...field, presence: 'never' };
}

/** Defaults are texts, numbers, booleans, and empty lists and objects; those are not shared between requests. */
function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return [...(value as unknown[])] as T;
  return typeof value === 'object' ? { ...value } : value;
}
