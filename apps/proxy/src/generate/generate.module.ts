import { Module } from '@nestjs/common';
import { TextModule } from '../text/text.module.js';
import { TranslationModule } from '../translation.module.js';
import { GenerateController } from './generate.controller.js';
import { GenerateService } from './generate.service.js';

@Module({
  imports: [TextModule, TranslationModule],
  controllers: [GenerateController],
  providers: [GenerateService],
})
export class GenerateModule {}
