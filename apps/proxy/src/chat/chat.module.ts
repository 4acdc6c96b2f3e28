import { Module } from '@nestjs/common';
import { RoutingModule } from '#routing';
import { TranslationModule } from '../translation.module.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';

@Module({
  imports: [RoutingModule, TranslationModule],
  controllers: [ChatController],
  providers: [ChatService],
})
export class ChatModule {}
