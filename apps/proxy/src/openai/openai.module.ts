import { Module } from '@nestjs/common';
import { RoutingModule } from '#routing';
import { OpenAiController } from './openai.controller.js';
import { OpenAiService } from './openai.service.js';

@Module({ imports: [RoutingModule], controllers: [OpenAiController], providers: [OpenAiService] })
export class OpenAiModule {}
