import { Global, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { collectRoutes, RouteTable } from './route-table.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: RouteTable,
      inject: [DiscoveryService],
      useFactory: (discovery: DiscoveryService) =>
        new RouteTable(collectRoutes(discovery.getControllers().map(({ metatype }) => metatype as never))),
    },
  ],
  exports: [RouteTable],
})
export class RoutesModule {}
