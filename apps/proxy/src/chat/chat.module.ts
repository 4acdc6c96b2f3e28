import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { TranslationModule } from '../translation.module.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';

@Module({
  imports: [UpstreamModule, TranslationModule],
  controllers: [ChatController],
  providers: [ChatService],
})
export class ChatModule {}
