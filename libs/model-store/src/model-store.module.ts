import cluster from 'node:cluster';
import { Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { ModelStoreSettings, Settings } from '#config';
import { ConfigurationError } from '#config';
import { MemoryStorage } from './memory-storage.js';
import { ModelStore } from './model-store.js';
import type { Storage } from './storage.js';

/** Virtual models. The code of a storage is loaded only if it is configured. */
@Module({
  providers: [
    {
      provide: ModelStore,
      inject: [ConfigService],
      useFactory: async (config: ConfigService<Settings, true>) =>
        createStore(config.get('modelStore', { infer: true })),
    },
  ],
  exports: [ModelStore],
})
export class ModelStoreModule {}

async function createStore(settings: ModelStoreSettings): Promise<ModelStore> {
  const store = new ModelStore(await openStorage(settings), settings);
  // The first requests are to find what was there before.
  await store.sync();
  return store;
}

async function openStorage({ kind, path, redisUrl }: ModelStoreSettings): Promise<Storage | undefined> {
  switch (kind) {
    case 'off':
      return undefined;
    case 'memory':
      if (!cluster.isWorker) return new MemoryStorage();
      return (await import('./worker-storage.js')).WorkerStorage.open();
    case 'file': {
      const { FolderStorage } = await import('./folder-storage.js');
      try {
        return await FolderStorage.open(path);
      } catch (error) {
        throw new ConfigurationError([
          `MODEL_STORE_PATH: the folder cannot be used (${String((error as NodeJS.ErrnoException).code)})`,
        ]);
      }
    }
    case 'redis': {
      const { RedisStorage } = await import('./redis-storage.js');
      return RedisStorage.open(redisUrl);
    }
  }
}
