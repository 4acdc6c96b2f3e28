import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { unwatchFile, watchFile } from 'node:fs';
import type { ApiKey, Settings } from '#config';

/** How often the file is looked at. Polling follows the symlinks of a mounted Secret, watching does not. */
const WATCH_MS = 1000;

/** The keys in force. Replaced as a whole when their file changes; a file with mistakes changes nothing. */
@Injectable()
export class KeyRegistry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Keys');
  private readonly file: string | undefined;
  private readonly reload: () => readonly ApiKey[];
  /** Absent: everybody may call. */
  keys: readonly ApiKey[] | undefined;

  constructor(config: ConfigService<Settings, true>) {
    const { keys, keyFile, reloadKeys } = config.get('access', { infer: true });
    this.keys = keys;
    this.file = keyFile;
    this.reload = reloadKeys;
  }

  onApplicationBootstrap(): void {
    if (this.file === undefined) return;
    watchFile(this.file, { interval: WATCH_MS, persistent: false }, (now, before) => {
      if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) this.replace();
    });
  }

  onApplicationShutdown(): void {
    if (this.file !== undefined) unwatchFile(this.file);
  }

  /** Reads the file anew; requests that run go on with the key they began with. */
  replace(): void {
    try {
      this.keys = this.reload();
    } catch (error) {
      this.logger.error(
        `the new file of keys is refused, the old keys stay in force: ${error instanceof Error ? error.message : String(error)}`,
      );
      return;
    }
    this.logger.log(`file of keys read anew: ${this.keys.length} keys`);
  }
}
