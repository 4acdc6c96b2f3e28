import { Module } from '@nestjs/common';
import { CatalogueModule } from '#catalogue';
import { LearnedManners } from './learned-manners.js';
import { UpstreamClient } from './upstream.client.js';

@Module({
  imports: [CatalogueModule],
  providers: [LearnedManners, UpstreamClient],
  exports: [CatalogueModule, LearnedManners, UpstreamClient],
})
export class RoutingModule {}
