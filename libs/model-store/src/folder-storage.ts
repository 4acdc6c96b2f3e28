import { createHash, randomUUID } from 'node:crypto';
import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from './storage.js';

/** A model: the digest of its key, so that no name can leave the folder or exceed the length of a file name. */
const MODEL_FILE = /^[0-9a-f]{64}\.json$/;

/** A write that has not finished, or that was interrupted. */
const UNFINISHED_FILE = /^\.[0-9a-f]{64}\.[0-9a-f-]{36}\.tmp$/;

/** An unfinished write that is older was interrupted: none takes this long. */
const MAX_WRITE_MS = 60_000;

/**
 * A folder with one file for each model. A file is written beside its place, flushed and renamed, and then the folder is
 * flushed: at any moment, each model is there as it was before or after a change. Changes of different models do not touch
 * each other, and of two changes of one model the later wins, so any number of processes can write without a lock.
 */
export class FolderStorage implements Storage {
  readonly isShared = true;
  private watcher: FSWatcher | undefined;

  private constructor(private readonly folder: string) {}

  /** @throws NodeJS.ErrnoException if the folder cannot be made or written */
  static async open(folder: string): Promise<FolderStorage> {
    await mkdir(folder, { recursive: true });
    const storage = new FolderStorage(folder);
    await storage.checkWritable();
    await storage.removeUnfinished();
    return storage;
  }

  async readAll(): Promise<ReadonlyMap<string, string>> {
    const texts = new Map<string, string>();
    for (const file of await this.modelFiles()) {
      // A model may go between listing and reading.
      const text = await this.readText(file).catch((error: unknown) => {
        if (!isOfOneFile(error)) throw error;
        return '';
      });
      if (text !== undefined) texts.set(file, text);
    }
    return texts;
  }

  read(key: string): Promise<string | undefined> {
    return this.readText(fileOf(key));
  }

  async write(key: string, text: string, maxCount: number): Promise<boolean> {
    const file = fileOf(key);
    const files = await this.modelFiles();
    if (files.length >= maxCount && !files.includes(file)) return false;
    const unfinished = join(this.folder, `.${file.replace('.json', '')}.${randomUUID()}.tmp`);
    try {
      await writeFlushed(unfinished, text);
      await rename(unfinished, join(this.folder, file));
    } catch (error) {
      await unlink(unfinished).catch(() => undefined);
      throw error;
    }
    await this.flushFolder();
    return true;
  }

  async remove(key: string): Promise<boolean> {
    try {
      await unlink(join(this.folder, fileOf(key)));
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    await this.flushFolder();
    return true;
  }

  /** Each rename and each removal changes the time of the folder. */
  async version(): Promise<string> {
    return String((await stat(this.folder, { bigint: true })).mtimeNs);
  }

  watch(onChange: () => void): void {
    try {
      this.watcher = watch(this.folder, { persistent: false }, (_event, file) => {
        if (file !== null && MODEL_FILE.test(file)) onChange();
      });
      this.watcher.on('error', () => this.watcher?.close());
    } catch {
      // Without it changes are found by their version.
    }
  }

  close(): Promise<void> {
    this.watcher?.close();
    return Promise.resolve();
  }

  private async modelFiles(): Promise<string[]> {
    return (await readdir(this.folder)).filter((file) => MODEL_FILE.test(file));
  }

  private async readText(file: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.folder, file), 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  private async checkWritable(): Promise<void> {
    const probe = join(this.folder, `.${'0'.repeat(64)}.${randomUUID()}.tmp`);
    await writeFlushed(probe, '');
    await unlink(probe);
  }

  /** What killed processes have left; running ones are at work on theirs. */
  private async removeUnfinished(): Promise<void> {
    const now = performance.timeOrigin + performance.now();
    for (const file of await readdir(this.folder)) {
      if (!UNFINISHED_FILE.test(file)) continue;
      const path = join(this.folder, file);
      const age = now - ((await stat(path).catch(() => undefined))?.mtimeMs ?? now);
      if (age > MAX_WRITE_MS) await unlink(path).catch(() => undefined);
    }
  }

  /** A rename is on the medium when its folder is. */
  private async flushFolder(): Promise<void> {
    const folder = await open(this.folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

function fileOf(key: string): string {
  return `${createHash('sha256').update(key).digest('hex')}.json`;
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Something in the place of a model that cannot be read: the others can. */
function isOfOneFile(error: unknown): boolean {
  return ['EISDIR', 'EACCES', 'EPERM', 'ELOOP'].includes(String((error as NodeJS.ErrnoException).code));
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
