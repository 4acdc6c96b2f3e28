import { Module } from '@nestjs/common';
import { ConnectionsModule } from '#connections';
import { ModelCatalogueModule } from '#models';
import { ImageConverter } from '#images';
import { AdaptedCalls } from './adapted-calls.js';
import { ReadableImages } from './readable-images.js';
import { UpstreamProfiles } from './upstream-profiles.js';
import { UpstreamClient } from './upstream.client.js';

@Module({
  imports: [ConnectionsModule, ModelCatalogueModule],
  providers: [UpstreamProfiles, ImageConverter, ReadableImages, AdaptedCalls, UpstreamClient],
  exports: [ModelCatalogueModule, UpstreamProfiles, UpstreamClient],
})
export class UpstreamModule {}
