import { Module } from '@nestjs/common';
import { CatalogueModule } from '#catalogue';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';

@Module({ imports: [CatalogueModule], controllers: [ModelsController], providers: [ModelsService] })
export class ModelsModule {}
