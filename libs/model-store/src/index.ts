export { ModelStoreModule } from './model-store.module.js';
export { ModelStore } from './model-store.js';
export { SharedMemory } from './shared-memory.js';
export type { StorageReply, StorageRequest } from './shared-memory.js';
