import { Injectable } from '@nestjs/common';
import type { OllamaRunningModel } from '#contracts';
import { BoundedMap } from '#primitives';
import { contextLengthOf, toDetails } from './describe.js';
import type { ModelEntry } from './model-entry.js';

/** Ollama's own default (protocol W34). */
const DEFAULT_KEEP_ALIVE_SECONDS = 300;

/** About 292 years, the longest Go duration: Ollama shows it for a negative keep_alive. */
const MAX_KEEP_ALIVE_MS = 9_223_372_036_000;

/** Pattern rules accept any name from clients, so the number of entries is bounded. */
const MAX_RUNNING_MODELS = 1000;

/** Models that this process served within their keep_alive, for /api/ps. */
@Injectable()
export class RunningModels {
  private readonly running = new BoundedMap<string, { entry: ModelEntry; expiresAt: number }>(MAX_RUNNING_MODELS);

  /** Marks a model as used; `keepAlive` in seconds, 0 removes it. */
  touch(entry: ModelEntry, keepAlive = DEFAULT_KEEP_ALIVE_SECONDS): void {
    if (keepAlive === 0) this.running.delete(entry.name);
    else
      this.running.set(entry.name, {
        entry,
        expiresAt: performance.now() + Math.min(keepAlive * 1000, MAX_KEEP_ALIVE_MS),
      });
  }

  /** Sorted by expiry, latest first. @param isShown which of them */
  list(isShown: (entry: ModelEntry) => boolean = () => true): OllamaRunningModel[] {
    const now = performance.now();
    for (const [id, { expiresAt }] of this.running) if (expiresAt <= now) this.running.delete(id);
    return [...this.running.values()]
      .filter(({ entry }) => isShown(entry))
      .sort((left, right) => right.expiresAt - left.expiresAt)
      .map(({ entry, expiresAt }) => ({
        name: entry.name,
        model: entry.name,
        size: entry.size,
        digest: entry.digest,
        details: toDetails(entry),
        expires_at: new Date(Math.round(Date.now() + expiresAt - now)).toISOString(),
        size_vram: entry.size,
        context_length: contextLengthOf(entry),
      }));
  }
}
