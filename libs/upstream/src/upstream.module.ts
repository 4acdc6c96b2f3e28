import { Module } from '@nestjs/common';
import { ModelCatalogueModule } from '#models';
import { BackendProfiles } from './backend-profiles.js';
import { UpstreamClient } from './upstream.client.js';

@Module({
  imports: [ModelCatalogueModule],
  providers: [BackendProfiles, UpstreamClient],
  exports: [ModelCatalogueModule, BackendProfiles, UpstreamClient],
})
export class UpstreamModule {}
