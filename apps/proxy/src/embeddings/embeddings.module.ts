import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { TranslationModule } from '../translation.module.js';
import { Embedder } from './embedder.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { EmbeddingsService } from './embeddings.service.js';

@Module({
  imports: [UpstreamModule, TranslationModule],
  controllers: [EmbeddingsController],
  providers: [Embedder, EmbeddingsService],
})
export class EmbeddingsModule {}
