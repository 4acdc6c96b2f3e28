import { Module } from '@nestjs/common';
import { UpstreamModule } from '#upstream';
import { LookupModule } from '../lookup/lookup.module.js';
import { TranslationModule } from '../translation.module.js';
import { AgentApis } from './agent-apis.service.js';
import { ConversationState } from './conversation-state.js';
import { MessagesService } from './messages.service.js';
import { ResponsesService } from './responses.service.js';
import { UnreadableParts } from './unreadable-parts.js';
import { UpstreamResponses } from './upstream-responses.js';

/** The APIs of coding agents, translated onto chat completions where the upstream does not have them itself. */
@Module({
  imports: [LookupModule, TranslationModule, UpstreamModule],
  providers: [AgentApis, ConversationState, MessagesService, ResponsesService, UnreadableParts, UpstreamResponses],
  exports: [AgentApis, ConversationState, UpstreamResponses],
})
export class AgentApisModule {}
