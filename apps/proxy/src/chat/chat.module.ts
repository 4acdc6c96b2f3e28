import { Module } from '@nestjs/common';
import { TextModule } from '../text/text.module.js';
import { TranslationModule } from '../translation.module.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';

@Module({
  imports: [TextModule, TranslationModule],
  controllers: [ChatController],
  providers: [ChatService],
})
export class ChatModule {}
