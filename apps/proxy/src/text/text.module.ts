import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { LookupModule } from '../lookup/lookup.module.js';
import { TextGenerationService } from './text-generation.service.js';

@Module({
  imports: [LookupModule, UpstreamModule],
  providers: [TextGenerationService],
  exports: [TextGenerationService],
})
export class TextModule {}
