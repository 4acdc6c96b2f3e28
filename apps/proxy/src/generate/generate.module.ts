import { Module } from '@nestjs/common';
import { RoutingModule } from '#routing';
import { TranslationModule } from '../translation.module.js';
import { GenerateController } from './generate.controller.js';
import { GenerateService } from './generate.service.js';

@Module({
  imports: [RoutingModule, TranslationModule],
  controllers: [GenerateController],
  providers: [GenerateService],
})
export class GenerateModule {}
