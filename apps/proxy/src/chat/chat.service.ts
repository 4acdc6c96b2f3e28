import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { ResolvedModel } from '#models';
import { CatalogueService, RunningModels } from '#models';
import type { OllamaChatRequest } from '#contracts';
import { BadRequestError, ModelNotFoundError } from '#errors';
import { UpstreamClient } from '#upstream';
import { checkOptions, TranslationService } from '#translation';
import { checkCapabilities } from '../text/check-capabilities.js';
import type { RequestContext } from '../edge/request-context.js';
import { checkName, nameMissingModel } from '../text/model-lookup.js';
import { streamAnswer, sendJson } from '../reply/stream-answer.js';

/** Names the rooms a chat goes through, in order. */
@Injectable()
export class ChatService {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly running: RunningModels,
    private readonly translation: TranslationService,
    private readonly upstream: UpstreamClient,
  ) {}

  /** @throws ProxyException before the first byte of the answer; later failures are in the stream */
  async answer(request: OllamaChatRequest, call: RequestContext, response: Response): Promise<void> {
    const model = await this.check(request, call);
    if (model.entry) this.running.touch(model.entry, request.keep_alive);
    if (request.messages.length === 0) {
      if (!model.entry && this.catalogue.isKnown) throw new ModelNotFoundError(notFound(request.model));
      sendJson(response, this.translation.loadedChat(request));
      return;
    }
    const body = this.translation.chatRequest(request);
    const answer = this.translation.chatAnswer(request, call.received);
    const accepted = await this.upstream.post('/chat/completions', body, model, call).catch((failure: unknown) => {
      throw nameMissingModel(failure, model, notFound(request.model));
    });
    answer.watchStops(accepted.watchedStops);
    await streamAnswer(accepted.response, answer, request.stream, response, call.record);
  }

  /** In Ollama's order (contract §0), so that a request with several mistakes gets the same answer. */
  private async check(request: OllamaChatRequest, call: RequestContext): Promise<ResolvedModel> {
    if (request.model === '') throw new BadRequestError('model is required');
    call.access.check(request.model, notFound(request.model));
    const model = await this.catalogue.resolve(request.model);
    checkName(request.model, model);
    checkCapabilities(
      request,
      model.entry,
      request.tools.length > 0 ? ['completion', 'tools'] : ['completion'],
      'chat',
    );
    checkOptions(request.options);
    return model;
  }
}

function notFound(name: string): string {
  return `model '${name}' not found`;
}
