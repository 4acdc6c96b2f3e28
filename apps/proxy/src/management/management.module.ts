import { Module } from '@nestjs/common';
import { ModelCatalogueModule } from '#models';
import { ManagementController } from './management.controller.js';
import { PullService } from './pull.service.js';

@Module({ imports: [ModelCatalogueModule], controllers: [ManagementController], providers: [PullService] })
export class ManagementModule {}
