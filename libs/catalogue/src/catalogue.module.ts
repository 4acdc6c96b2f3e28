import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { CatalogueService } from './catalogue.service.js';
import { ProbeService } from './probe.service.js';
import { RunningModels } from './running-models.js';

@Module({
  imports: [UpstreamModule],
  providers: [CatalogueService, RunningModels, ProbeService],
  exports: [CatalogueService, RunningModels],
})
export class CatalogueModule {}
