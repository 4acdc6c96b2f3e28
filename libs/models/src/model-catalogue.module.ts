import { Module } from '@nestjs/common';
import { ConnectionsModule } from '#connections';
import { ModelStoreModule } from '#model-store';
import { ModelCatalogue } from './model-catalogue.js';
import { ProbeService } from './probe.service.js';
import { RunningModels } from './running-models.js';

@Module({
  imports: [ConnectionsModule, ModelStoreModule],
  providers: [ModelCatalogue, RunningModels, ProbeService],
  exports: [ModelCatalogue, ModelStoreModule, RunningModels],
})
export class ModelCatalogueModule {}
