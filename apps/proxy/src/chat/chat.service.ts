import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Capability, OllamaChatRequest, OllamaChatResponse } from '#contracts';
import { BadRequestError } from '#errors';
import type { OllamaStream, ResponseSource } from '#translation';
import { TranslationService } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import type { TextGeneration } from '../text/text-generation.service.js';
import { TextGenerationService } from '../text/text-generation.service.js';

@Injectable()
export class ChatService implements TextGeneration<OllamaChatRequest, OllamaChatResponse> {
  readonly route = 'chat';

  constructor(
    private readonly translation: TranslationService,
    private readonly text: TextGenerationService,
  ) {}

  /** @throws ProxyException before the first byte of the reply; later failures are reported in the stream */
  async reply(request: OllamaChatRequest, context: RequestContext, response: Response): Promise<void> {
    if (request.model === '') throw new BadRequestError('model is required');
    await this.text.reply(this, request, context, response);
  }

  capabilitiesFor({ tools }: OllamaChatRequest): readonly Capability[] {
    return tools.length > 0 ? ['completion', 'tools'] : ['completion'];
  }

  isLoad({ messages }: OllamaChatRequest): boolean {
    return messages.length === 0;
  }

  loaded(request: OllamaChatRequest): OllamaChatResponse {
    return this.translation.loadedChat(request);
  }

  toUpstream(request: OllamaChatRequest): { path: string; body: object } {
    return { path: '/chat/completions', body: this.translation.chatRequest(request) };
  }

  toLines(request: OllamaChatRequest, source: ResponseSource): OllamaStream<OllamaChatResponse> {
    return this.translation.chatStream(request, source);
  }
}
