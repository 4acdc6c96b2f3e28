import { Logger } from '@nestjs/common';
import type { OpenAiModel } from '#contracts';
import { ClientClosedError, UpstreamError } from '#errors';
import { canonicalName } from '#translation';
import type { UpstreamRequestContext, UpstreamConnection } from '#connections';
import { isServable } from './capabilities.js';
import { enrich } from './enrich.js';
import type { ModelEntry } from './model-entry.js';
import { nextPageOf, readModelList } from './raw-list.js';
import { readEntry } from './read-entry.js';

/** A list younger than this is served as it is; an older one, or one of a backend that is lost, while a new one is fetched. */
const FRESH_MS = 60_000;

/** A backend that could not be reached is not asked again earlier than after this time. */
const RETRY_AFTER_MS = 5000;

/** Enough for every known list; a bound against one that never ends. */
const MAX_PAGES = 20;

/** A backend that takes longer for its list counts as unreachable, so that nobody waits for it again and again. */
const MAX_FETCH_MS = 10_000;

export interface ModelList {
  readonly entries: readonly ModelEntry[];
  readonly byName: ReadonlyMap<string, ModelEntry>;
  readonly fetchedAt: number;
}

/** The models of one backend: fetched once for all who ask, kept, and served from the last good list when it is down. */
export class UpstreamModelList {
  private readonly logger = new Logger('Catalogue');
  private fetching: Promise<ModelList> | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;
  private failure: Error | undefined;
  private list: ModelList | undefined;

  constructor(
    readonly connection: UpstreamConnection,
    private readonly longestFetchMs = MAX_FETCH_MS,
  ) {
    const { models } = connection.settings;
    if (models)
      this.list = toList(
        models.map((id) => ({ id })),
        Number.POSITIVE_INFINITY,
      );
  }

  /** The last good list. */
  get lastGood(): ModelList | undefined {
    return this.list;
  }

  /** The list is served although it could not be read again. */
  get isStale(): boolean {
    return this.list !== undefined && this.failedAt >= this.list.fetchedAt;
  }

  /** Its list could be read, and no call has failed to connect since. */
  get isReachable(): boolean {
    const { unreachableSince = Number.NEGATIVE_INFINITY } = this.connection.gate;
    return this.list !== undefined && !this.isStale && unreachableSince < this.list.fetchedAt;
  }

  findEntry(name: string): ModelEntry | undefined {
    return this.list?.byName.get(name) ?? this.list?.byName.get(canonicalName(name));
  }

  /** The list, fetched if there is none; an old one is renewed behind the caller's back. @throws ProxyException */
  async current(): Promise<ModelList> {
    const { list } = this;
    if (!list) return this.load();
    const freshMs = this.isReachable ? FRESH_MS : RETRY_AFTER_MS;
    if (Date.now() - list.fetchedAt > freshMs) this.load().catch(() => undefined);
    return list;
  }

  private load(): Promise<ModelList> {
    if (Date.now() - this.failedAt < RETRY_AFTER_MS)
      return Promise.reject(this.failure ?? new Error('the list could not be read'));
    this.fetching ??= this.fetch().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetch(): Promise<ModelList> {
    // Lists are asked for on nobody's behalf.
    const call = { correlationId: 'catalogue', signal: AbortSignal.timeout(this.longestFetchMs) };
    try {
      const models = await this.fetchPages(call);
      this.list = toList(await enrich(models, this.connection, call), Date.now());
      return this.list;
    } catch (error) {
      this.failedAt = Date.now();
      this.failure = toFailure(error);
      const reason = this.failure.message;
      this.logger.warn(`the model list of upstream "${this.connection.name}" could not be read: ${reason}`);
      throw this.failure;
    }
  }

  private async fetchPages(call: UpstreamRequestContext): Promise<OpenAiModel[]> {
    const first = await this.connection.getJson('/models', call);
    const models = readModelList(first);
    for (let next = nextPageOf(first), page = 1; next !== undefined && page < MAX_PAGES; page += 1) {
      const list = await this.connection.getJson(`/models${next}`, call);
      models.push(...readModelList(list));
      next = nextPageOf(list);
    }
    return models;
  }
}

/** Nobody left but the time limit: a cancelled fetch is a list that did not come. */
function toFailure(error: unknown): Error {
  if (error instanceof ClientClosedError) {
    return new UpstreamError('upstream error: the model list did not come in time', { status: 504 });
  }
  return error instanceof Error ? error : new Error(String(error));
}

function toList(models: readonly OpenAiModel[], fetchedAt: number): ModelList {
  const entries = models
    .map((model) => readEntry(model))
    .filter(({ knownCapabilities }) => isServable(knownCapabilities));
  const byName = new Map<string, ModelEntry>();
  for (const entry of entries) {
    byName.set(entry.id, entry);
    const name = canonicalName(entry.id);
    if (!byName.has(name)) byName.set(name, entry);
  }
  return { entries, byName, fetchedAt };
}
