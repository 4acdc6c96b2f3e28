import { Module } from '@nestjs/common';
import { ConnectionsModule } from '#connections';
import { ModelCatalogueModule } from '#models';
import { AdaptedCalls } from './adapted-calls.js';
import { UpstreamProfiles } from './upstream-profiles.js';
import { UpstreamClient } from './upstream.client.js';

@Module({
  imports: [ConnectionsModule, ModelCatalogueModule],
  providers: [UpstreamProfiles, AdaptedCalls, UpstreamClient],
  exports: [ModelCatalogueModule, UpstreamProfiles, UpstreamClient],
})
export class UpstreamModule {}
