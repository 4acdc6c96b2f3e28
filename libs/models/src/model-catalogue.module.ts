import { Module } from '@nestjs/common';
import { ConnectionsModule } from '#connections';
import { ModelCatalogue } from './model-catalogue.js';
import { ProbeService } from './probe.service.js';
import { RunningModels } from './running-models.js';

@Module({
  imports: [ConnectionsModule],
  providers: [ModelCatalogue, RunningModels, ProbeService],
  exports: [ModelCatalogue, RunningModels],
})
export class ModelCatalogueModule {}
