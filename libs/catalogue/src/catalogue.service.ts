import type { OnApplicationBootstrap } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { ModelMapping, Settings } from '#config';
import { ProxyException } from '#errors';
import { canonicalName } from '#translation';
import { UpstreamClient } from '#upstream';
import { isServable } from './capabilities.js';
import type { ModelEntry } from './model-entry.js';
import { nextPageOf, readModelList } from './raw-list.js';
import { readEntry } from './read-entry.js';

/** A list younger than this is served as it is; an older one is served too, while a new one is fetched. */
const FRESH_MS = 60_000;

/** After a failure the backend is left alone for this long. */
const RETRY_AFTER_MS = 5000;

/** A chat never waits longer than this for the list: it goes on with the name as given. */
const LONGEST_WAIT_MS = 5000;

/** Enough for every known list; a bound against one that never ends. */
const MAX_PAGES = 20;

/** Lists are asked for on nobody's behalf. */
const CALL = { correlationId: 'catalogue', signal: new AbortController().signal };

/** Where a name leads. Without `entry` the backend's list does not have it, or could not be read. */
export interface ResolvedModel {
  readonly id: string;
  readonly entry: ModelEntry | undefined;
}

interface Snapshot {
  readonly entries: readonly ModelEntry[];
  readonly byName: ReadonlyMap<string, ModelEntry>;
  readonly fetchedAt: number;
}

/** The models of the backend: fetched once for all who ask, kept, and served from the last good list when it is down. */
@Injectable()
export class CatalogueService implements OnApplicationBootstrap {
  private readonly logger = new Logger('Catalogue');
  private readonly mapping: ModelMapping;
  private readonly aliases: ReadonlyMap<string, string>;
  private snapshot: Snapshot | undefined;
  private fetching: Promise<Snapshot> | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;
  private failure: unknown;

  constructor(
    private readonly upstream: UpstreamClient,
    config: ConfigService<Settings, true>,
  ) {
    this.mapping = config.get('models', { infer: true });
    this.aliases = new Map([...this.mapping.aliases].map(([alias, model]) => [canonicalName(alias), model]));
  }

  onApplicationBootstrap(): void {
    this.load().catch(() => undefined);
  }

  /** Every model, the newest first. @throws ProxyException when no list was ever had */
  async list(): Promise<readonly ModelEntry[]> {
    const { entries } = await this.current();
    const aliased = [...this.mapping.aliases].map(([alias, model]) => this.aliasEntry(alias, model));
    const aliases = aliased.filter((entry) => !entries.some(({ name }) => name === entry.name));
    return [...aliases, ...entries].sort((left, right) => right.modifiedAt.localeCompare(left.modifiedAt));
  }

  /** Never fails: a name that is nowhere is the backend's to refuse. */
  async resolve(name: string): Promise<ResolvedModel> {
    await this.ready();
    const target = this.aliases.get(canonicalName(name));
    const entry = this.find(target ?? name);
    if (entry) return { id: entry.id, entry: target === undefined ? entry : this.aliasEntry(name, target) };
    if (target !== undefined) return { id: target, entry: this.aliasEntry(name, target) };
    const fallback = this.mapping.defaultModel;
    if (fallback !== undefined && this.snapshot) return { id: fallback, entry: this.aliasEntry(name, fallback) };
    return { id: name.trim().replace(/:latest$/i, ''), entry: undefined };
  }

  /** Whether a list was ever had: only then a name that is not in it can be called unknown. */
  get isKnown(): boolean {
    return this.snapshot !== undefined;
  }

  /** What is known of the backend without asking it. */
  state(): { reachable: boolean; models: number; listAgeSeconds: number | undefined } {
    const fetchedAt = this.snapshot?.fetchedAt;
    return {
      reachable: fetchedAt !== undefined && this.failedAt < fetchedAt,
      models: this.snapshot?.entries.length ?? 0,
      listAgeSeconds: fetchedAt === undefined ? undefined : Math.round((Date.now() - fetchedAt) / 1000),
    };
  }

  private find(name: string): ModelEntry | undefined {
    return this.snapshot?.byName.get(name) ?? this.snapshot?.byName.get(canonicalName(name));
  }

  /** The model behind an alias, under the alias's own name. */
  private aliasEntry(alias: string, model: string): ModelEntry {
    const target = this.find(model);
    const own = readEntry({ ...(target?.raw ?? {}), id: alias });
    return { ...own, id: target?.id ?? model, family: target?.family ?? own.family };
  }

  private async current(): Promise<Snapshot> {
    const { snapshot } = this;
    if (!snapshot) return this.load();
    if (Date.now() - snapshot.fetchedAt > FRESH_MS) this.load().catch(() => undefined);
    return snapshot;
  }

  private async ready(): Promise<void> {
    if (this.snapshot) {
      void this.current();
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LONGEST_WAIT_MS);
    });
    await Promise.race([this.load().catch(() => undefined), limit]);
    clearTimeout(timer);
  }

  private load(): Promise<Snapshot> {
    if (Date.now() - this.failedAt < RETRY_AFTER_MS) return Promise.reject(asError(this.failure));
    this.fetching ??= this.fetch().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetch(): Promise<Snapshot> {
    try {
      const models = readModelList(await this.fetchPages());
      const entries = models.map(readEntry).filter(({ known }) => isServable(known));
      const byName = new Map<string, ModelEntry>();
      for (const entry of entries) {
        byName.set(entry.id, entry);
        const name = canonicalName(entry.id);
        if (!byName.has(name)) byName.set(name, entry);
      }
      this.snapshot = { entries, byName, fetchedAt: Date.now() };
      return this.snapshot;
    } catch (error) {
      this.failedAt = Date.now();
      this.failure = error;
      this.logger.warn(
        `the backend's model list could not be read: ${error instanceof Error ? error.message : String(error)}`,
      );
      throw error;
    }
  }

  private async fetchPages(): Promise<unknown> {
    const first = await this.upstream.getJson('/models', CALL);
    const entries: unknown[] = [...readModelList(first)];
    for (let next = nextPageOf(first), page = 1; next !== undefined && page < MAX_PAGES; page += 1) {
      const query = /\?.*/.exec(next)?.[0];
      if (query === undefined) break;
      const list = await this.upstream.getJson(`/models${query}`, CALL);
      entries.push(...readModelList(list));
      next = nextPageOf(list);
    }
    return entries;
  }
}

function asError(failure: unknown): Error {
  return failure instanceof Error
    ? failure
    : new ProxyException('upstream error: the model list could not be read', 502);
}
