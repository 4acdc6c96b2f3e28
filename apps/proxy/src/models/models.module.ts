import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { LookupModule } from '../lookup/lookup.module.js';
import { ModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';

@Module({ imports: [LookupModule, UpstreamModule], controllers: [ModelsController], providers: [ModelsService] })
export class ModelsModule {}
