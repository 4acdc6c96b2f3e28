import { Module } from '@nestjs/common';
import { LookupModule } from '../lookup/lookup.module.js';
import { ManagementController } from './management.controller.js';
import { PullService } from './pull.service.js';

@Module({ imports: [LookupModule], controllers: [ManagementController], providers: [PullService] })
export class ManagementModule {}
