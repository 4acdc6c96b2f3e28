import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { LookupModule } from '../lookup/lookup.module.js';
import { TranslationModule } from '../translation.module.js';
import { LearnedLimits } from './embedding-limits.js';
import { Embedder } from './embedder.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { EmbeddingsService } from './embeddings.service.js';

@Module({
  imports: [LookupModule, UpstreamModule, TranslationModule],
  controllers: [EmbeddingsController],
  providers: [LearnedLimits, Embedder, EmbeddingsService],
})
export class EmbeddingsModule {}
