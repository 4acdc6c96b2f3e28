export { ModelCatalogueModule } from './model-catalogue.module.js';
export { ModelCatalogue } from './model-catalogue.js';
export type { ResolvedModel, Target, UpstreamState } from './model-catalogue.js';
export { matchPattern } from './resolve.js';
export { RunningModels } from './running-models.js';
export type { ModelEntry } from './model-entry.js';
export { templateOf, toListedModel, toShowResponse } from './describe.js';
