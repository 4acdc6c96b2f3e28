import { Module } from '@nestjs/common';
import { ConnectionsModule } from '#connections';
import { CatalogueService } from './catalogue.service.js';
import { ProbeService } from './probe.service.js';
import { RunningModels } from './running-models.js';

@Module({
  imports: [ConnectionsModule],
  providers: [CatalogueService, RunningModels, ProbeService],
  exports: [CatalogueService, RunningModels],
})
export class ModelCatalogueModule {}
