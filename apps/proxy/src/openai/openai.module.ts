import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { OpenAiController } from './openai.controller.js';
import { OpenAiService } from './openai.service.js';

@Module({ imports: [UpstreamModule], controllers: [OpenAiController], providers: [OpenAiService] })
export class OpenAiModule {}
