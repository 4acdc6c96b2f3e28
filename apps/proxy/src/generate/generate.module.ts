import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { TranslationModule } from '../translation.module.js';
import { GenerateController } from './generate.controller.js';
import { GenerateService } from './generate.service.js';

@Module({
  imports: [UpstreamModule, TranslationModule],
  controllers: [GenerateController],
  providers: [GenerateService],
})
export class GenerateModule {}
