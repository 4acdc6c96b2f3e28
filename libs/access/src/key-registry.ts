import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { ApiKey, Settings } from '#config';
import { readApiKeys, ReloadedFile } from '#config';

/** The API keys that are valid now. A changed key file replaces all of them; requests in flight keep their key. */
@Injectable()
export class KeyRegistry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Keys');
  private readonly file: ReloadedFile<readonly ApiKey[]>;
  /** Undefined: no key is required. */
  keys: readonly ApiKey[] | undefined;

  constructor(config: ConfigService<Settings, true>) {
    const { keys, keyFile } = config.get('access', { infer: true });
    const variables = config.get('variables', { infer: true });
    this.keys = keys;
    this.file = new ReloadedFile({
      name: 'key file',
      files: [keyFile],
      read: () => readApiKeys(variables),
      apply: (changed) => {
        this.keys = changed;
        this.logger.log(`key file reloaded: ${changed.length} keys`);
      },
      logger: this.logger,
    });
  }

  onApplicationBootstrap(): void {
    this.file.start();
  }

  onApplicationShutdown(): void {
    this.file.stop();
  }

  reload(): void {
    this.file.reload();
  }
}
