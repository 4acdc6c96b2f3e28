import { Module } from '@nestjs/common';
import { UpstreamRegistry } from './upstream-registry.js';

@Module({ providers: [UpstreamRegistry], exports: [UpstreamRegistry] })
export class ConnectionsModule {}
