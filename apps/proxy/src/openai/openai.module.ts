import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { LookupModule } from '../lookup/lookup.module.js';
import { OpenAiController } from './openai.controller.js';
import { OpenAiService } from './openai.service.js';

@Module({ imports: [LookupModule, UpstreamModule], controllers: [OpenAiController], providers: [OpenAiService] })
export class OpenAiModule {}
