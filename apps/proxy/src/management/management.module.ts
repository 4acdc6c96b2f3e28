import { Module } from '@nestjs/common';
import { CatalogueModule } from '#catalogue';
import { ManagementController } from './management.controller.js';
import { PullService } from './pull.service.js';

@Module({ imports: [CatalogueModule], controllers: [ManagementController], providers: [PullService] })
export class ManagementModule {}
