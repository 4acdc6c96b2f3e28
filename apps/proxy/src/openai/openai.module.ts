import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { AgentApisModule } from '../agent-apis/agent-apis.module.js';
import { LookupModule } from '../lookup/lookup.module.js';
import { OpenAiController } from './openai.controller.js';
import { OpenAiService } from './openai.service.js';

@Module({
  imports: [AgentApisModule, LookupModule, UpstreamModule],
  controllers: [OpenAiController],
  providers: [OpenAiService],
})
export class OpenAiModule {}
