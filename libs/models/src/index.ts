export { ModelCatalogueModule } from './model-catalogue.module.js';
export { CatalogueService } from './catalogue.service.js';
export type { ResolvedModel, Target, UpstreamState } from './catalogue.service.js';
export { RunningModels } from './running-models.js';
export type { ModelEntry } from './model-entry.js';
export { toListedModel, toShowResponse } from './describe.js';
