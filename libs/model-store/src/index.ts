export { ModelStoreModule } from './model-store.module.js';
export { ModelStore } from './model-store.js';
