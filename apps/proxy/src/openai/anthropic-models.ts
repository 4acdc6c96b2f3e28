import type { IncomingHttpHeaders } from 'node:http';
import { BadRequestError } from '#errors';
import type { ModelEntry } from '#models';

const DEFAULT_LIMIT = 20;
/** Of the real API. */
const MAX_LIMIT = 1000;

/** What may follow `/v1/models?`. */
export interface ListPage {
  readonly limit?: unknown;
  readonly before_id?: unknown;
  readonly after_id?: unknown;
}

/** The SDKs of this API send their version with every request, or their own header for the key (protocol C31). */
export function wantsAnthropicModels(headers: IncomingHttpHeaders): boolean {
  if (headers['anthropic-version'] !== undefined) return true;
  return headers['x-api-key'] !== undefined && headers.authorization === undefined;
}

/** One page of the list. @throws BadRequestError for a limit out of range */
export function toAnthropicList(
  models: readonly { readonly id: string; readonly entry: ModelEntry }[],
  page: ListPage,
): object {
  const limit = page.limit === undefined ? DEFAULT_LIMIT : Number(page.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new BadRequestError(`limit: Input should be an integer from 1 to ${String(MAX_LIMIT)}`);
  const place = (id: unknown): number => models.findIndex((model) => model.id === id);
  const before = place(page.before_id);
  const isBackwards = before >= 0;
  const end = isBackwards ? before : models.length;
  const start = isBackwards ? Math.max(0, before - limit) : place(page.after_id) + 1;
  const shown = models.slice(start, Math.min(end, start + limit));
  return {
    data: shown.map(({ id, entry }) => toAnthropicModel(id, entry)),
    has_more: isBackwards ? start > 0 : start + limit < models.length,
    first_id: shown[0]?.id ?? null,
    last_id: shown.at(-1)?.id ?? null,
  };
}

export function toAnthropicModel(id: string, { contextLength, modifiedAt, raw }: ModelEntry): object {
  const { created } = raw;
  const isKnown = typeof created === 'number' && created > 0;
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: isKnown ? new Date(created * 1000).toISOString() : modifiedAt,
    ...(contextLength !== undefined && { max_input_tokens: contextLength }),
  };
}
