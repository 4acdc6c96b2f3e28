import { isRecord } from '#primitives';

/** A JSON schema, or any object on its way to be one. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a schema keeps at the narrowest level: the subset that every upstream with function calling takes. */
const CORE_KEYWORDS = new Set(['type', 'description', 'properties', 'required', 'items', 'enum', 'nullable']);

/** Keywords whose value is one schema, a list of schemas, or schemas by name. */
const SINGLE = ['items', 'additionalProperties', 'not', 'contains', 'propertyNames', 'if', 'then', 'else'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];

/** References nest this deep before a recursive schema is cut off with `{}`. */
const MAX_REFERENCE_DEPTH = 4;

export type SchemaLevel = 'valid' | 'core';

/**
 * A tool's parameters in a form that strict upstreams accept. The schema only advises the model: dropping a constraint
 * never changes which calls the client accepts.
 * - `valid`: a JSON schema (draft 2020-12) of type object with `properties`, without combinators at the top, with
 *   `items` for every array, references resolved and draft-4 bounds rewritten.
 * - `core`: in addition, only the keywords of CORE_KEYWORDS; a union becomes its first member that is not null.
 */
export function normalizeSchema(schema: unknown, level: SchemaLevel): Schema {
  const root = isRecord(schema) ? schema : {};
  const resolved = resolveReferences(root, root, 0);
  const flat = withoutTopLevelUnion(isRecord(resolved) ? resolved : {});
  const valid = toValid({ ...flat, type: 'object', properties: isRecord(flat.properties) ? flat.properties : {} });
  const { $defs: _defs, definitions: _definitions, $schema: _schema, $id: _id, ...rest } = valid;
  return level === 'core' ? toCore(rest) : rest;
}

/** Replaces each local `$ref` by what it points to. Unknown and too deep ones become `{}`, which allows anything. */
function resolveReferences(value: unknown, root: Schema, depth: number): unknown {
  if (Array.isArray(value)) return value.map((each) => resolveReferences(each, root, depth));
  if (!isRecord(value)) return value;
  if (typeof value.$ref === 'string') {
    const { $ref, ...beside } = value;
    const target = depth < MAX_REFERENCE_DEPTH ? pointTo($ref, root) : undefined;
    if (!isRecord(target)) return beside;
    return resolveReferences({ ...target, ...beside }, root, depth + 1);
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '$defs' && key !== 'definitions')
      .map(([key, each]) => [key, resolveReferences(each, root, depth)]),
  );
}

/** A JSON pointer in a fragment (RFC 6901 §6). */
function pointTo(reference: string, root: Schema): unknown {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(2).split('/')) {
    if (!isRecord(at)) return undefined;
    at = at[decodePointer(step)];
  }
  return at;
}

function decodePointer(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return step;
  }
}

/**
 * `anyOf`, `oneOf`, `allOf`, `enum` and `not` at the top are merged into one object: all properties of all members;
 * required is what each member of a union requires, or any member of an `allOf`.
 */
function withoutTopLevelUnion(schema: Schema): Schema {
  const { anyOf, oneOf, allOf, enum: _enum, not: _not, ...own } = schema;
  const unions = [anyOf, oneOf].filter((each) => Array.isArray(each)).map((each) => each.filter(isRecord));
  const all = Array.isArray(allOf) ? allOf.filter(isRecord) : [];
  if (unions.length === 0 && all.length === 0) return own;
  let properties: Schema = isRecord(own.properties) ? own.properties : {};
  const required = new Set<unknown>(Array.isArray(own.required) ? own.required : []);
  for (const member of all.map(withoutTopLevelUnion)) {
    properties = { ...(isRecord(member.properties) ? member.properties : {}), ...properties };
    for (const name of Array.isArray(member.required) ? member.required : []) required.add(name);
  }
  for (const members of unions.map((each) => each.map(withoutTopLevelUnion))) {
    for (const member of members)
      properties = { ...(isRecord(member.properties) ? member.properties : {}), ...properties };
    const lists = members.map((member) => new Set<unknown>(Array.isArray(member.required) ? member.required : []));
    for (const name of lists[0] ?? []) if (lists.every((list) => list.has(name))) required.add(name);
  }
  return { ...own, properties, ...(required.size > 0 && { required: [...required] }) };
}

function toValid(schema: Schema): Schema {
  const result: Record<string, unknown> = mapChildren(schema, (child) => (isRecord(child) ? toValid(child) : child));
  if (isArrayType(result.type) && result.items === undefined) result.items = {};
  // A list of schemas for `items` is `prefixItems` since draft 2020-12.
  if (Array.isArray(result.items)) result.items = (result.items as unknown[])[0] ?? {};
  rewriteBound(result, 'exclusiveMinimum', 'minimum');
  rewriteBound(result, 'exclusiveMaximum', 'maximum');
  if (Array.isArray(result.required)) {
    const names = Object.keys(isRecord(result.properties) ? result.properties : {});
    const required = (result.required as unknown[]).filter((name) => names.includes(String(name)));
    if (required.length > 0) result.required = [...new Set(required)];
    else delete result.required;
  } else delete result.required;
  return result;
}

/** Draft 4 has a boolean beside the bound; later drafts have the bound itself. */
function rewriteBound(schema: Record<string, unknown>, exclusive: string, bound: string): void {
  if (typeof schema[exclusive] !== 'boolean') return;
  const isExclusive = schema[exclusive];
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain object on its way to JSON
  delete schema[exclusive];
  if (!isExclusive || typeof schema[bound] !== 'number') return;
  schema[exclusive] = schema[bound];
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a plain object on its way to JSON
  delete schema[bound];
}

function toCore(schema: Schema): Schema {
  const member = firstMember(schema);
  const merged: Schema = member ? { ...member, ...withoutUnions(schema) } : schema;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(merged)) if (CORE_KEYWORDS.has(key)) result[key] = value;
  const { type } = result;
  if (Array.isArray(type)) {
    const types = (type as unknown[]).filter((each) => each !== 'null');
    result.type = types[0] ?? 'string';
  }
  if (result.type === undefined) result.type = typeOf(result);
  // Only texts can be enumerated everywhere.
  if (Array.isArray(result.enum)) {
    const texts = (result.enum as unknown[]).filter((each) => typeof each === 'string' && each !== '');
    if (texts.length > 0 && result.type === 'string') result.enum = texts;
    else delete result.enum;
  }
  if (result.type === 'array') result.items = toCore(isRecord(result.items) ? result.items : { type: 'string' });
  else delete result.items;
  if (isRecord(result.properties))
    result.properties = Object.fromEntries(
      Object.entries(result.properties).map(([name, each]) => [name, toCore(isRecord(each) ? each : {})]),
    );
  return result;
}

function typeOf({ properties, items }: Schema): string {
  if (properties !== undefined) return 'object';
  return items === undefined ? 'string' : 'array';
}

function firstMember(schema: Schema): Schema | undefined {
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const members = schema[key];
    if (!Array.isArray(members)) continue;
    const found = members.filter(isRecord).find((each) => each.type !== 'null');
    if (found) return found;
  }
  return undefined;
}

function withoutUnions({ anyOf: _any, oneOf: _one, allOf: _all, ...rest }: Schema): Schema {
  return rest;
}

function isArrayType(type: unknown): boolean {
  return type === 'array' || (Array.isArray(type) && type.includes('array'));
}

function mapChildren(schema: Schema, change: (child: unknown) => unknown): Record<string, unknown> {
  const result: Record<string, unknown> = { ...schema };
  for (const key of SINGLE) if (isRecord(result[key])) result[key] = change(result[key]);
  for (const key of LISTS) if (Array.isArray(result[key])) result[key] = (result[key] as unknown[]).map(change);
  for (const key of MAPS) {
    const map = result[key];
    if (isRecord(map))
      result[key] = Object.fromEntries(Object.entries(map).map(([name, each]) => [name, change(each)]));
  }
  return result;
}
