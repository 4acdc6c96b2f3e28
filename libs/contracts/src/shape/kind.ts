import type { Reader } from './go-readers.js';
import { readBoolean, readInteger, readList, readNumber, readObject, readString } from './go-readers.js';
import type { AnyShape } from './shape.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a field can hold: how it is read, and how it is described. */
export interface Kind<T> {
  readonly schema: JsonSchema;
  readonly read: Reader<T>;
  /** The value of a required field that is absent: Go's zero value. */
  readonly zero: () => T;
  /** The name of a list of it in Go. */
  readonly goList: string;
  /** The shape that describes it, instead of `schema`. */
  readonly shape?: AnyShape;
  /** It is a list of `shape`. */
  readonly isList?: boolean;
}

export const STRING: Kind<string> = {
  schema: { type: 'string' },
  read: readString,
  zero: () => '',
  goList: '[]string',
};

export const INTEGER: Kind<number> = {
  schema: { type: 'integer' },
  read: readInteger,
  zero: () => 0,
  goList: '[]int',
};

export const NUMBER: Kind<number> = {
  schema: { type: 'number' },
  read: readNumber,
  zero: () => 0,
  goList: '[]float64',
};

export const BOOLEAN: Kind<boolean> = {
  schema: { type: 'boolean' },
  read: readBoolean,
  zero: () => false,
  goList: '[]bool',
};

/** Any JSON object; its keys are not changed. */
export const OBJECT: Kind<Record<string, unknown>> = {
  schema: { type: 'object', additionalProperties: true },
  read: readObject('map[string]interface {}'),
  zero: () => ({}),
  goList: '[]map[string]interface {}',
};

/** A value that several schemas allow. */
export function oneOf<T>(schemas: readonly JsonSchema[], read: Reader<T>, zero: () => T): Kind<T> {
  return { schema: { anyOf: schemas }, read, zero, goList: '[]interface {}' };
}

/** The same kind with more in its schema, such as a minimum. */
export function withSchema<T>(kind: Kind<T>, more: JsonSchema): Kind<T> {
  return { ...kind, schema: { ...kind.schema, ...more } };
}

/** Objects in one list, such as messages or tools: several times the longest conversation that a model can read. */
const MAX_OBJECTS = 10_000;

/** Texts or numbers in one list; a `context` of /api/generate has at most 16,387 integers. */
export const MAX_ITEMS = 20_000;

/** @param goType Go's name of the list, where it has a name */
export function listOf<T>(items: Kind<T>, goType = items.goList): Kind<T[]> {
  return {
    schema: { type: 'array', items: items.schema },
    read: readList(goType, items.read, items.shape ? MAX_OBJECTS : MAX_ITEMS),
    zero: () => [],
    goList: `[]${goType}`,
    ...(items.shape && { shape: items.shape, isList: true }),
  };
}

/** An object of a shape whose keys and values are passed on unread. */
export function unreadObject<T extends object>(shape: AnyShape & Kind<T>): Kind<Readonly<Record<string, unknown>>> {
  return { ...OBJECT, schema: shape.schema, shape };
}
