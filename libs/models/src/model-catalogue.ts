import type { OnApplicationBootstrap } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import { withTimeout } from '#async';
import type { ModelRule } from '#config';
import { ModelStore } from '#model-store';
import { canonicalName } from '#translation';
import type { CircuitState, Routing, UpstreamConnection } from '#connections';
import { UpstreamRegistry } from '#connections';
import { BoundedMap } from '#primitives';
import type { VirtualModel } from '#virtual-models';
import type { ModelEntry } from './model-entry.js';
import { withAdditions, withRule } from './read-entry.js';
import type { AppliedRule } from './resolve.js';
import { exactRuleFor, ruleFor } from './resolve.js';
import type { ModelList } from './upstream-model-list.js';
import { UpstreamModelList } from './upstream-model-list.js';

/** How long a request waits for a model list; after it the model name is used as given. */
const MAX_WAIT_MS = 5000;

/** How long a list of all models waits for an upstream's first list. */
const MAX_LIST_WAIT_MS = 1000;

/** Who owns models in the simulator's list. */
const SIMULATOR_OWNER = 'simulator';

/** An upstream that can serve a model. */
export interface Target {
  readonly connection: UpstreamConnection;
  /** The upstream's id of the model. */
  readonly model: string;
  /** The entry in the upstream's list, if it has one. */
  readonly entry: ModelEntry | undefined;
}

/** The targets of a model name. `entry` is undefined if no list has the model, or none could be read. */
export interface ResolvedModel {
  readonly entry: ModelEntry | undefined;
  readonly rule: ModelRule | undefined;
  readonly targets: readonly Target[];
  /** What a virtual model adds to requests; the targets are those of its base. */
  readonly virtual?: VirtualModel;
}

/** Who decides about a name: it can be made and deleted by clients only if no one else does. */
type NameOwner = 'client' | 'mapping file' | 'upstream';

/** State of one upstream for health checks and metrics. */
export interface UpstreamState {
  readonly name: string;
  /** Host and port of the base URL. */
  readonly host: string;
  /** The model list could be read the last time, and no call has failed to connect since. */
  readonly reachable: boolean;
  readonly breaker: CircuitState;
  /** Running calls, and calls waiting in the queue. */
  readonly running: number;
  readonly queued: number;
  readonly models: number;
  /** The upstream is the simulator: its answers are made up. */
  readonly simulator: boolean;
  /** Undefined without a list, and for a configured one. */
  readonly listAgeSeconds: number | undefined;
  /** The last failure of a call or of the list, also if the upstream has recovered; undefined: none since the start. */
  readonly lastError: LastError | undefined;
}

interface LastError {
  readonly message: string;
  /** The error of the system or the library behind it. */
  readonly cause: string | undefined;
  readonly secondsAgo: number;
}

/** What names are resolved with, and what was made of it. */
interface Snapshot {
  readonly routing: Routing;
  /** The last list of each upstream. */
  readonly known: readonly (ModelList | undefined)[];
  /** Of the virtual models. */
  readonly revision: number;
  readonly resolved: BoundedMap<string, ResolvedModel>;
  merged: readonly ModelEntry[] | undefined;
}

/** Names that are kept with their targets; clients make names up. */
const MAX_RESOLVED_NAMES = 1000;

/** Characters of a name that is kept; names of models are shorter. */
const MAX_KEPT_LENGTH = 256;

/** The models of all upstreams under the names that clients use. */
@Injectable()
export class ModelCatalogue implements OnApplicationBootstrap {
  private lists: readonly UpstreamModelList[] = [];
  private version = 0;
  private snapshot: Snapshot | undefined;

  constructor(
    private readonly registry: UpstreamRegistry,
    private readonly store: ModelStore,
  ) {}

  onApplicationBootstrap(): void {
    for (const list of this.syncWithRegistry()) list.refresh();
  }

  /** Whether every list was read at least once. Only then is a name that none of them has an unknown model. */
  get hasAllLists(): boolean {
    return this.syncWithRegistry().every(({ lastGood }) => lastGood !== undefined);
  }

  /** Whether an upstream is known to have one model: such a server answers to any name (protocol W49). */
  isDecidedByList({ connection }: Target): boolean {
    const entries = this.syncWithRegistry().find((list) => list.connection === connection)?.lastGood?.entries;
    // A gateway lists a pattern for the names that it passes on.
    return entries?.length === 1 && entries[0]?.id.includes('*') === false;
  }

  /** Reads the lists again that were not read a moment ago. Never fails. */
  async reread(): Promise<void> {
    await Promise.all(this.syncWithRegistry().map((list) => list.reread()));
  }

  /** All models, newest first; the same array until a list changes. @throws ProxyException if no list could be read yet */
  async list(): Promise<readonly ModelEntry[]> {
    const lists = this.syncWithRegistry();
    const routing = this.registry.current;
    const reads = lists.map((list) => list.current());
    const settled = Promise.allSettled(reads);
    if (lists.some((list) => list.isAwaitingFirstRead)) await withTimeout(settled, MAX_LIST_WAIT_MS, () => undefined);
    if (lists.length > 0 && lists.every(({ lastGood }) => lastGood === undefined)) await firstOf(reads);
    if (this.store.isShared) await this.store.sync();
    if (this.registry.current !== routing) return this.list();
    const snapshot = this.currentSnapshot();
    return (snapshot.merged ??= this.merge(snapshot.known, routing.table.rules));
  }

  /** As `resolve`; undefined where that has to wait. */
  resolveAtOnce(name: string): ResolvedModel | undefined {
    const lists = this.syncWithRegistry();
    for (const list of lists) list.refresh();
    const resolved = this.resolveNow(name);
    // Another process may have made the model a moment ago.
    if (this.store.isShared && !resolved.entry) return undefined;
    return this.isSettled(resolved) ? resolved : undefined;
  }

  /** Never fails: a name that no list has is passed on for the upstream to reject. */
  async resolve(name: string): Promise<ResolvedModel> {
    const known = this.resolveAtOnce(name);
    if (known) return known;
    if (this.store.isShared) await this.store.fetch(name);
    const resolved = this.resolveNow(name);
    if (this.isSettled(resolved)) return resolved;
    const reads = Promise.allSettled(this.syncWithRegistry().map((list) => list.current()));
    await withTimeout(reads, MAX_WAIT_MS, () => undefined);
    return this.resolveNow(name);
  }

  /** A list that another one makes unnecessary, or that has failed before, must not delay a request. */
  private isSettled({ targets }: ResolvedModel): boolean {
    return targets.some(({ entry }) => entry) || !this.lists.some((list) => list.isAwaitingFirstRead);
  }

  /** Who decides about a name, as far as the lists are known; undefined for a free one. */
  ownerOf(name: string): NameOwner | undefined {
    const lists = this.syncWithRegistry();
    if (exactRuleFor(name, this.registry.current.table.rules)) return 'mapping file';
    if (this.store.find(name)) return 'client';
    return lists.some((list) => list.findEntry(name)) ? 'upstream' : undefined;
  }

  /** Targets of requests without a model: every upstream, by priority. */
  allUpstreams(): ResolvedModel {
    const targets = this.syncWithRegistry().map(({ connection }) => ({ connection, model: '', entry: undefined }));
    return { entry: undefined, rule: undefined, targets };
  }

  /** Fetches old lists, and those of unreachable upstreams, in the background. */
  refetchStaleLists(): void {
    for (const list of this.syncWithRegistry()) list.refresh();
  }

  /** Does not call the upstreams. */
  state(): UpstreamState[] {
    return this.syncWithRegistry().map(({ connection, isReachable, lastGood, lastFailure }) => ({
      name: connection.name,
      host: new URL(connection.settings.baseUrl).host,
      reachable: isReachable,
      breaker: connection.gate.breaker.state,
      running: connection.gate.queue.running,
      queued: connection.gate.queue.waiting,
      models: lastGood?.entries.length ?? 0,
      simulator: lastGood?.entries.some(({ raw }) => raw.owned_by === SIMULATOR_OWNER) ?? false,
      listAgeSeconds:
        lastGood && Number.isFinite(lastGood.fetchedAt)
          ? Math.round((performance.now() - lastGood.fetchedAt) / 1000)
          : undefined,
      lastError: describeFailure(laterOf(connection.gate.lastFailure, lastFailure)),
    }));
  }

  /** Age of the oldest list whose last fetch failed; undefined if there is none. */
  get staleSeconds(): number | undefined {
    const times = this.syncWithRegistry().flatMap(({ isStale, lastGood }) =>
      lastGood && isStale ? [lastGood.fetchedAt] : [],
    );
    return times.length > 0 ? Math.round((performance.now() - Math.min(...times)) / 1000) : undefined;
  }

  private merge(known: readonly (ModelList | undefined)[], rules: readonly ModelRule[]): readonly ModelEntry[] {
    const found = new Map<string, ModelEntry>();
    for (const rule of rules.filter(({ name }) => !name.includes('*'))) {
      const { entry } = this.resolveNow(rule.name);
      if (entry) found.set(entry.name, entry);
    }
    for (const { name } of this.store.all()) {
      const { entry } = this.resolveNow(name);
      if (entry && !found.has(entry.name)) found.set(entry.name, entry);
    }
    for (const entry of known.flatMap((list) => list?.entries ?? [])) {
      if (!found.has(entry.name)) found.set(entry.name, this.withOwnRule(entry, rules));
    }
    return [...found.values()].sort((left, right) => right.modifiedAt.localeCompare(left.modifiedAt));
  }

  private resolveNow(name: string): ResolvedModel {
    const { resolved } = this.currentSnapshot();
    const known = resolved.get(name);
    if (known) return known;
    const model = this.resolveName(name);
    if (name.length <= MAX_KEPT_LENGTH) resolved.set(name, model);
    return model;
  }

  /** What was resolved since the mapping file, a list or a virtual model changed. */
  private currentSnapshot(): Snapshot {
    const lists = this.syncWithRegistry();
    const { snapshot } = this;
    const { current: routing } = this.registry;
    const { revision } = this.store;
    const isCurrent =
      snapshot?.routing === routing &&
      snapshot.revision === revision &&
      lists.every(({ lastGood }, index) => lastGood === snapshot.known[index]);
    if (isCurrent) return snapshot;
    const known = lists.map(({ lastGood }) => lastGood);
    const resolved = new BoundedMap<string, ResolvedModel>(MAX_RESOLVED_NAMES);
    return (this.snapshot = { routing, known, revision, resolved, merged: undefined });
  }

  private resolveName(name: string): ResolvedModel {
    const { rules } = this.registry.current.table;
    const virtual = this.store.find(name);
    if (!virtual || exactRuleFor(name, rules)) return this.resolveServed(name);
    const served = this.resolveServed(virtual.base);
    return { ...served, entry: withAdditions(served.entry, virtual), virtual };
  }

  private resolveServed(name: string): ResolvedModel {
    const { table } = this.registry.current;
    const applied = ruleFor(name, table.rules);
    const resolved = this.follow(name, applied);
    if (resolved.entry || applied || table.defaultModel === undefined || !this.hasAllLists) return resolved;
    return this.follow(name, { rule: aliasRule(name), model: table.defaultModel });
  }

  private follow(name: string, applied: AppliedRule | undefined): ResolvedModel {
    const wanted = applied?.model ?? name;
    const allowed = applied?.rule.upstreams;
    const lists = this.lists.filter(({ connection }) => !allowed || allowed.includes(connection.name));
    const listed = lists.flatMap((list) => {
      const entry = list.findEntry(wanted);
      return entry ? [{ connection: list.connection, model: entry.id, entry }] : [];
    });
    const first = listed[0]?.entry;
    const entry = applied ? withRule(first, name, applied) : first;
    if (listed.length > 0) return { entry, rule: applied?.rule, targets: listed };
    const model = applied?.rule.model === undefined ? wanted.trim().replace(/:latest$/i, '') : wanted;
    const targets = lists.map(({ connection }) => ({ connection, model, entry: undefined }));
    return { entry: applied?.rule.model === undefined ? undefined : entry, rule: applied?.rule, targets };
  }

  private withOwnRule(entry: ModelEntry, rules: readonly ModelRule[]): ModelEntry {
    const applied = ruleFor(entry.id, rules);
    return applied && applied.rule.model === undefined ? withRule(entry, entry.id, applied) : entry;
  }

  /** One list for each active connection; connections that a reload kept have their list kept, too. */
  private syncWithRegistry(): readonly UpstreamModelList[] {
    const routing: Routing = this.registry.current;
    if (routing.version === this.version) return this.lists;
    const ordered = [...routing.connections].sort((left, right) => left.settings.priority - right.settings.priority);
    this.lists = ordered.map(
      (connection) => this.lists.find((list) => list.connection === connection) ?? new UpstreamModelList(connection),
    );
    this.version = routing.version;
    return this.lists;
  }
}

function aliasRule(name: string): ModelRule {
  return {
    name: canonicalName(name),
    model: undefined,
    upstreams: undefined,
    defaults: {},
    clamps: {},
    system: undefined,
    drop: [],
    extraBody: {},
    capabilities: undefined,
    contextLength: undefined,
    apis: undefined,
  };
}

/** Resolves with the first success. @throws the first failure if all fail */
async function firstOf(reads: readonly Promise<unknown>[]): Promise<void> {
  await Promise.any(reads).catch((failure: unknown) => {
    throw failure instanceof AggregateError ? failure.errors[0] : failure;
  });
}

interface LastFailure {
  readonly error: Error;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** A list that is rejected is no failure of the circuit, which counts the others. */
function laterOf(call: LastFailure | undefined, list: LastFailure | undefined): LastFailure | undefined {
  return call && list ? (call.at > list.at ? call : list) : (call ?? list);
}

function describeFailure(failure: LastFailure | undefined): LastError | undefined {
  if (!failure) return undefined;
  const { error, at } = failure;
  return {
    message: error.message,
    cause: error.cause instanceof Error ? error.cause.message : undefined,
    secondsAgo: Math.round((performance.now() - at) / 1000),
  };
}
