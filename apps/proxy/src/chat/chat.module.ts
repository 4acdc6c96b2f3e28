import { Module } from '@nestjs/common';
import { CatalogueModule } from '#catalogue';
import { UpstreamModule } from '#upstream';
import { TranslationModule } from '../translation.module.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';

@Module({
  imports: [CatalogueModule, TranslationModule, UpstreamModule],
  controllers: [ChatController],
  providers: [ChatService],
})
export class ChatModule {}
