import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CatalogueModule } from '#catalogue';
import { HealthController } from './health.controller.js';
import { RootController } from './root.controller.js';
import { UpstreamHealth } from './upstream.health.js';

@Module({
  imports: [CatalogueModule, TerminusModule.forRoot({ logger: false })],
  controllers: [RootController, HealthController],
  providers: [UpstreamHealth],
})
export class HealthModule {}
