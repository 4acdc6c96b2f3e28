import { Module } from '@nestjs/common';
import { ModelCatalogueModule } from '#models';
import { LookupModule } from '../lookup/lookup.module.js';
import { BlobsService } from './blobs.service.js';
import { ManageGuard } from './manage.guard.js';
import { ManagementController } from './management.controller.js';
import { PullService } from './pull.service.js';
import { VirtualModelsService } from './virtual-models.service.js';

@Module({
  imports: [LookupModule, ModelCatalogueModule],
  controllers: [ManagementController],
  providers: [BlobsService, ManageGuard, PullService, VirtualModelsService],
})
export class ManagementModule {}
