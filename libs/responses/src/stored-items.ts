import { isRecord } from '#primitives';
import type { Item } from './responses-request.js';

/** The ids of items contain the id of their response. */
const ITEM_ID = /^[a-z]+_([A-Za-z0-9]{24})\d+$/;

/** `msg_…3`: the id of the item at a position of a response. */
export function itemIdOf(prefix: string, responseId: string, position: number): string {
  return `${prefix}_${responseId.replace(/^resp_/, '')}${String(position)}`;
}

/** The response that an item with this id belongs to; undefined for ids that were not made here. */
export function responseIdOf(itemId: unknown): string | undefined {
  const body = typeof itemId === 'string' ? ITEM_ID.exec(itemId)?.[1] : undefined;
  return body === undefined ? undefined : `resp_${body}`;
}

/** Whether the item is a reference to another one by id (`type` may be left out). */
function isReference({ type, role, id }: Item): boolean {
  return type === 'item_reference' || (isMissing(type) && isMissing(role) && typeof id === 'string');
}

/** Ids of what an upstream stores, in a request that it gets as it is. */
export interface UpstreamIds {
  readonly response: string | undefined;
  readonly conversation: string | undefined;
  /** Of items that the upstream has to look up. */
  readonly references: readonly string[];
  /** Of items that are complete without their id. */
  readonly labels: readonly string[];
}

/** Fields that hold what an item of this type consists of; with none of them an upstream looks it up by its id. */
const CONTENT_FIELDS: Readonly<Partial<Record<string, readonly string[]>>> = {
  message: ['content'],
  // Not `summary`: it does not replace the reasoning.
  reasoning: ['encrypted_content', 'content'],
  compaction: ['encrypted_content'],
  image_generation_call: ['result'],
};

/** Fields that are no content of an item of any other type. */
const LABEL_FIELDS: ReadonlySet<string> = new Set(['id', 'type', 'role', 'status']);

function isComplete(item: Item): boolean {
  if (isReference(item)) return false;
  const type = typeof item.type === 'string' ? item.type : 'message';
  const fields = CONTENT_FIELDS[type] ?? Object.keys(item).filter((field) => !LABEL_FIELDS.has(field));
  return fields.some((field) => !isEmpty(item[field]));
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isEmpty(value: unknown): boolean {
  return isMissing(value) || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Each id is either a reference or a label, once. */
export function upstreamIdsIn({ previous_response_id: response, conversation, input }: Item): UpstreamIds {
  const references = new Set<string>();
  const labels = new Set<string>();
  for (const item of Array.isArray(input) ? input.filter(isRecord) : []) {
    const id = textOf(item.id);
    if (id !== undefined) (isComplete(item) ? labels : references).add(id);
    // The answer to an item of the upstream.
    const request = textOf(item.approval_request_id);
    if (request !== undefined) references.add(request);
  }
  return {
    response: textOf(response),
    conversation: textOf(isRecord(conversation) ? conversation.id : conversation),
    references: [...references],
    labels: [...labels].filter((id) => !references.has(id)),
  };
}

/** The request without these ids of its input items. */
export function withoutItemIds(body: Item, ids: ReadonlySet<string>): Item {
  const { input } = body;
  if (ids.size === 0 || !Array.isArray(input)) return body;
  return { ...body, input: input.map((item: unknown) => (isRecord(item) ? withoutId(item, ids) : item)) };
}

function withoutId(item: Item, ids: ReadonlySet<string>): Item {
  const { id, ...rest } = item;
  const text = textOf(id);
  return text !== undefined && ids.has(text) ? rest : item;
}

/** Undefined for null and what is missing; a value of another type names nothing that exists. */
function textOf(id: unknown): string | undefined {
  if (isMissing(id)) return undefined;
  return typeof id === 'string' ? id : JSON.stringify(id);
}

/** The responses that the references of a request belong to. */
export function referencedResponses(items: readonly Item[]): string[] {
  const ids = items.filter(isReference).flatMap(({ id }) => responseIdOf(id) ?? []);
  return [...new Set(ids)];
}

/**
 * The items with references replaced by those of `known` that they name; the others are left out. An item is taken once:
 * repeated references would make a large conversation of a small body.
 */
export function withoutReferences(items: readonly Item[], known: readonly Item[]): Item[] {
  if (!items.some(isReference)) return [...items];
  const byId = new Map(known.map((item) => [item.id, item]));
  return items.flatMap((item) => {
    if (!isReference(item)) return [item];
    const named = byId.get(item.id);
    byId.delete(item.id);
    return named ? [named] : [];
  });
}

/** The items that the next request continues; a compaction replaces all before it. */
export function historyOf(input: readonly Item[], output: unknown): Item[] {
  const items = [...input, ...(Array.isArray(output) ? output.filter(isRecord) : [])];
  const compaction = items.findLastIndex(({ type }) => type === 'compaction');
  return compaction < 0 ? items : items.slice(compaction);
}

const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  local_shell_call: 'lsh',
  shell_call: 'sh',
  apply_patch_call: 'apc',
  compaction: 'cmp',
};

/** Input items in the form in which the API lists them: with type and id, messages with a list of parts. */
export function toListedItems(items: readonly Item[], responseId: string): Item[] {
  return items.map((item, index) => {
    const type = typeof item.type === 'string' ? item.type : 'message';
    const { role, content } = item;
    const partType = role === 'assistant' ? 'output_text' : 'input_text';
    const parts = typeof content === 'string' ? [{ type: partType, text: content }] : content;
    return {
      ...item,
      id: typeof item.id === 'string' ? item.id : itemIdOf(PREFIXES[type] ?? 'item', responseId, FIRST_INPUT + index),
      type,
      ...(parts !== undefined && { content: parts }),
      ...(type === 'message' && { status: item.status ?? 'completed' }),
    };
  });
}

/** Positions of input items, above those of any output. */
const FIRST_INPUT = 100_000;

/** Which items of a list are wanted. */
export interface ItemPage {
  readonly limit?: string;
  readonly order?: string;
  readonly after?: string;
}

const DEFAULT_PAGE = 20;
const MAX_PAGE = 100;

/** One page of items in the form of the API, the last item first unless `order` is `asc`. */
export function toItemList(items: readonly Item[], { limit, order, after }: ItemPage): object {
  const ordered = order === 'asc' ? [...items] : items.toReversed();
  const start = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  const size = Math.min(Math.max(Math.trunc(Number(limit ?? DEFAULT_PAGE)) || DEFAULT_PAGE, 1), MAX_PAGE);
  const data = ordered.slice(start, start + size);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + size < ordered.length,
  };
}
