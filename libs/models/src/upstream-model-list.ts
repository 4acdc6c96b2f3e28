import { Logger } from '@nestjs/common';
import type { OpenAiModel } from '#contracts';
import { ClientClosedError, UpstreamError } from '#errors';
import { canonicalName } from '#translation';
import type { ListCall, UpstreamConnection } from '#connections';
import { isServable } from './capabilities.js';
import { enrich } from './enrich.js';
import type { ModelEntry } from './model-entry.js';
import { nextPageOf, readModelList } from './raw-list.js';
import { readEntry } from './read-entry.js';

/** Older lists are fetched again in the background. */
const FRESH_MS = 60_000;

/** Pause after a failed fetch, and the age of the list after which it is fetched again while the upstream is unreachable. */
const RETRY_AFTER_MS = 5000;

/** Bounds pagination that never ends; known lists have fewer pages. */
const MAX_PAGES = 20;

/** A fetch that takes longer has failed; RETRY_AFTER_MS then applies. */
const MAX_FETCH_MS = 10_000;

export interface ModelList {
  readonly entries: readonly ModelEntry[];
  readonly byName: ReadonlyMap<string, ModelEntry>;
  /** Monotonic milliseconds; infinite for a configured list. */
  readonly fetchedAt: number;
}

/** The model list of one upstream. Concurrent reads share one fetch; the last good list is served while a fetch fails. */
export class UpstreamModelList {
  private readonly logger = new Logger('Catalogue');
  private fetching: Promise<ModelList> | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;
  private failure: Error | undefined;
  private list: ModelList | undefined;

  constructor(
    readonly connection: UpstreamConnection,
    private readonly maxFetchMs = MAX_FETCH_MS,
  ) {
    const { models } = connection.settings;
    if (models)
      this.list = toList(
        models.map((id) => ({ id })),
        Number.POSITIVE_INFINITY,
      );
  }

  /** The last list that could be read. */
  get lastGood(): ModelList | undefined {
    return this.list;
  }

  /** The last failure to read the list. */
  get lastFailure(): { readonly error: Error; readonly at: number } | undefined {
    return this.failure && { error: this.failure, at: this.failedAt };
  }

  /** The first fetch has neither succeeded nor failed. */
  get isAwaitingFirstRead(): boolean {
    return this.list === undefined && this.failedAt === Number.NEGATIVE_INFINITY;
  }

  /** The last fetch failed, and an older list is served. */
  get isStale(): boolean {
    return this.list !== undefined && this.failedAt >= this.list.fetchedAt;
  }

  /** The list could be read, and no call has failed to connect since. */
  get isReachable(): boolean {
    const { unreachableSince } = this.connection.gate;
    if (this.list === undefined || this.isStale) return false;
    // A configured list was never read, so it proves nothing.
    const readAt = Number.isFinite(this.list.fetchedAt) ? this.list.fetchedAt : Number.NEGATIVE_INFINITY;
    return unreachableSince === undefined || unreachableSince < readAt;
  }

  findEntry(name: string): ModelEntry | undefined {
    return this.list?.byName.get(name) ?? this.list?.byName.get(canonicalName(name));
  }

  /** The list; fetched if there is none yet, and in the background if it is old. @throws ProxyException */
  async current(): Promise<ModelList> {
    if (!this.list) return this.load();
    this.refresh();
    return this.list;
  }

  /** Fetches the list in the background if there is none, or if it is old. */
  refresh(): void {
    const freshMs = this.isReachable ? FRESH_MS : RETRY_AFTER_MS;
    const age = this.list ? performance.now() - this.list.fetchedAt : Number.POSITIVE_INFINITY;
    if (age > freshMs) this.load().catch(() => undefined);
  }

  /** Reads the list again, unless that was done a moment ago. Never fails. */
  async reread(): Promise<void> {
    const age = performance.now() - (this.list?.fetchedAt ?? Number.NEGATIVE_INFINITY);
    if (age > RETRY_AFTER_MS) await this.load().catch(() => undefined);
  }

  private load(): Promise<ModelList> {
    if (performance.now() - this.failedAt < RETRY_AFTER_MS)
      return Promise.reject(this.failure ?? new Error('the list could not be read'));
    this.fetching ??= this.fetch().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetch(): Promise<ModelList> {
    const context = { correlationId: 'catalogue', signal: AbortSignal.timeout(this.maxFetchMs) };
    try {
      const models = await this.fetchPages(context);
      const isNews = this.list === undefined || this.isStale;
      this.list = toList(await enrich(models, this.connection, context), performance.now());
      if (isNews) this.logger.log(`upstream "${this.connection.name}": ${this.list.entries.length} models`);
      return this.list;
    } catch (error) {
      this.failedAt = performance.now();
      this.failure = toFailure(error);
      const reason = this.failure.message;
      this.logger.warn(`the model list of upstream "${this.connection.name}" could not be read: ${reason}`);
      throw this.failure;
    }
  }

  private async fetchPages(context: ListCall): Promise<OpenAiModel[]> {
    const first = await this.connection.getJson('/models', context);
    const models = readModelList(first);
    for (let next = nextPageOf(first), page = 1; next !== undefined && page < MAX_PAGES; page += 1) {
      const list = await this.connection.getJson(`/models${next}`, context);
      models.push(...readModelList(list));
      next = nextPageOf(list);
    }
    return models;
  }
}

/** Only our own timeout cancels a fetch, so a cancellation is reported as 504. */
function toFailure(error: unknown): Error {
  if (error instanceof ClientClosedError) {
    return new UpstreamError('upstream error: no model list within the time limit', { status: 504 });
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
