import { Module } from '@nestjs/common';
import { ModelCatalogueModule } from '#models';
import { LookupModule } from '../lookup/lookup.module.js';
import { UpstreamModule } from '#upstream';
import { AdaptationsController } from './adaptations.controller.js';
import { BlobsService } from './blobs.service.js';
import { AdaptationsGuard, ManageGuard } from './manage.guard.js';
import { ManagementController } from './management.controller.js';
import { PullService } from './pull.service.js';
import { VirtualModelsService } from './virtual-models.service.js';

@Module({
  imports: [LookupModule, ModelCatalogueModule, UpstreamModule],
  controllers: [ManagementController, AdaptationsController],
  providers: [AdaptationsGuard, BlobsService, ManageGuard, PullService, VirtualModelsService],
})
export class ManagementModule {}
