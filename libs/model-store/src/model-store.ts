import type { OnApplicationShutdown } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import type { ModelStoreSettings } from '#config';
import { BadRequestError, ProxyException } from '#errors';
import { canonicalName } from '#translation';
import type { VirtualModel } from '#virtual-models';
import { readVirtualModel, writeVirtualModel } from '#virtual-models';
import type { Storage } from './storage.js';

/** Interval at which a shared storage is checked for changes by others. */
const CHECK_INTERVAL_MS = 500;

/** The times of a folder have steps of some milliseconds: after a change it is read again until this long after. */
const SETTLE_MS = 100;

type Limits = Pick<ModelStoreSettings, 'maxModels' | 'maxModelBytes'>;

/**
 * The virtual models (protocol W45), all of them in memory: a look-up costs nothing without one, and one `Map.get`
 * otherwise. Changes go to the storage first, one after the other; those of other processes are read from it.
 */
export class ModelStore implements OnApplicationShutdown {
  private readonly logger = new Logger('ModelStore');
  private models: ReadonlyMap<string, VirtualModel> = new Map();
  private tail: Promise<unknown> = Promise.resolve();
  private readonly timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private readonly unreadable = new Set<string>();
  private pendingRead: Promise<void> | undefined;
  private knownVersion: string | undefined;
  /** Monotonic milliseconds. */
  private changedAt = Number.NEGATIVE_INFINITY;
  private hasFailed = false;
  private count = 0;

  /** @param storage undefined if virtual models are off */
  constructor(
    private readonly storage: Storage | undefined,
    private readonly limits: Limits,
  ) {
    if (!storage?.isShared) return;
    storage.watch(() => {
      this.knownVersion = undefined;
      // Changes come in bursts, and each read reads all models.
      this.soon ??= setTimeout(() => {
        this.soon = undefined;
        void this.sync();
      }, SETTLE_MS).unref();
    });
    this.timer = setInterval(() => void this.sync(), CHECK_INTERVAL_MS).unref();
  }

  get isOn(): boolean {
    return this.storage !== undefined;
  }

  /** Whether a model that is not in memory may be in the storage. */
  get isShared(): boolean {
    return this.storage?.isShared === true;
  }

  /** Counts the changes of what `all` returns. */
  get revision(): number {
    return this.count;
  }

  find(name: string): VirtualModel | undefined {
    return this.models.size === 0 ? undefined : this.models.get(canonicalName(name));
  }

  all(): Iterable<VirtualModel> {
    return this.models.values();
  }

  /** As `find`, for a name that it does not have: another process may have made the model a moment ago. */
  async fetch(name: string): Promise<VirtualModel | undefined> {
    const { storage } = this;
    if (!storage?.isShared) return undefined;
    const key = canonicalName(name);
    const text = await storage.read(key).catch((error: unknown) => this.reportFailure(error));
    const model = text === undefined ? undefined : readVirtualModel(text);
    if (model) this.replace(new Map(this.models).set(key, model));
    return model;
  }

  /** Reads the changes of other processes. Never fails: what is known stays. */
  async sync(): Promise<void> {
    const { storage } = this;
    if (!storage?.isShared) return;
    // A read that has not begun serves all who wait for it.
    this.pendingRead ??= this.inTurn(async () => {
      this.pendingRead = undefined;
      await this.readChanges(storage);
    });
    await this.pendingRead;
  }

  /** @throws BadRequestError for a model that is too large; ProxyException if the storage is full or does not work */
  async put(model: VirtualModel): Promise<void> {
    const text = writeVirtualModel(model);
    if (Buffer.byteLength(text) > this.limits.maxModelBytes)
      throw new BadRequestError(
        `the model is too large: the limit is ${this.limits.maxModelBytes} bytes (MODEL_STORE_MAX_SIZE)`,
        413,
      );
    const key = canonicalName(model.name);
    const isKept = await this.change(
      (storage) => storage.write(key, text, this.limits.maxModels),
      () => {
        this.replace(new Map(this.models).set(key, model));
      },
    );
    if (!isKept)
      throw new ProxyException(
        `the model store is full: the limit is ${this.limits.maxModels} models (MODEL_STORE_MAX_MODELS)`,
        507,
      );
  }

  /** @returns whether the model existed. @throws ProxyException if the storage does not work */
  async remove(name: string): Promise<boolean> {
    const key = canonicalName(name);
    return this.change(
      (storage) => storage.remove(key),
      () => {
        const models = new Map(this.models);
        models.delete(key);
        this.replace(models);
      },
    );
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    await this.tail.catch(() => undefined);
    await this.storage?.close();
  }

  /** @returns what the storage returned; `apply` runs only after true */
  private async change(write: (storage: Storage) => Promise<boolean>, apply: () => void): Promise<boolean> {
    const { storage } = this;
    if (!storage) throw new ProxyException('the model store is off (MODEL_STORE)', 501);
    try {
      return await this.inTurn(async () => {
        const isDone = await write(storage);
        if (isDone) apply();
        return isDone;
      });
    } catch (error) {
      this.reportFailure(error);
      throw new ProxyException('the model store does not work at the moment; nothing was changed', 503, {
        cause: error,
      });
    }
  }

  /** A read that overlaps with a change could bring back what the change has replaced. */
  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = this.tail.then(task, task);
    this.tail = run.catch(() => undefined);
    return run;
  }

  private async readChanges(storage: Storage): Promise<void> {
    try {
      const version = await storage.version();
      if (version !== this.knownVersion) this.changedAt = performance.now();
      else if (performance.now() - this.changedAt > SETTLE_MS) return;
      this.knownVersion = version;
      await this.readAll(storage);
      this.reportSuccess();
    } catch (error) {
      this.knownVersion = undefined;
      this.reportFailure(error);
    }
  }

  private async readAll(storage: Storage): Promise<void> {
    const models = new Map<string, VirtualModel>();
    for (const [place, text] of await storage.readAll()) {
      const model = readVirtualModel(text);
      if (model) models.set(canonicalName(model.name), model);
      else this.reportUnreadable(place);
    }
    if (!isSame(models, this.models)) this.replace(models);
  }

  /** Each place once: all entries are read after every change. */
  private reportUnreadable(place: string): void {
    if (this.unreadable.has(place)) return;
    this.unreadable.add(place);
    this.logger.warn(`an entry of the model store cannot be read and is ignored: ${place}`);
  }

  private replace(models: ReadonlyMap<string, VirtualModel>): void {
    this.models = models;
    this.count += 1;
  }

  private reportSuccess(): void {
    if (!this.hasFailed) return;
    this.hasFailed = false;
    this.logger.log('the model store works again');
  }

  private reportFailure(error: unknown): undefined {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.logger.warn(`the model store does not work, known models stay in use: ${String(error)}`);
  }
}

function isSame(left: ReadonlyMap<string, VirtualModel>, right: ReadonlyMap<string, VirtualModel>): boolean {
  if (left.size !== right.size) return false;
  for (const [key, { digest, modifiedAt }] of left) {
    const other = right.get(key);
    if (other?.digest !== digest || other.modifiedAt !== modifiedAt) return false;
  }
  return true;
}
