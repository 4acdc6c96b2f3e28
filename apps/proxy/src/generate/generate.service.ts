import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { ResolvedModel } from '#models';
import { CatalogueService, RunningModels } from '#models';
import type { OllamaGenerateRequest } from '#contracts';
import { ModelNotFoundError } from '#errors';
import { UpstreamClient } from '#upstream';
import { checkGenerateRequest, checkOptions, TranslationService } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { checkCapabilities } from '../text/check-capabilities.js';
import { checkName, nameMissingModel } from '../text/model-lookup.js';
import { streamAnswer, sendJson } from '../reply/stream-answer.js';

/** Names the rooms a prompt goes through, in order. */
@Injectable()
export class GenerateService {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly running: RunningModels,
    private readonly translation: TranslationService,
    private readonly upstream: UpstreamClient,
  ) {}

  /** @throws ProxyException before the first byte of the answer; later failures are in the stream */
  async answer(request: OllamaGenerateRequest, call: RequestContext, response: Response): Promise<void> {
    const model = await this.check(request, call);
    if (model.entry) this.running.touch(model.entry, request.keep_alive);
    if (request.prompt === '') {
      if (!model.entry && this.catalogue.isKnown) throw new ModelNotFoundError(notFound(request.model));
      sendJson(response, this.translation.loadedGenerate(request));
      return;
    }
    const { path, body } = this.translation.generateRequest(request);
    const answer = this.translation.generateAnswer(request, call.received);
    const accepted = await this.upstream.post(path, body, model, call).catch((failure: unknown) => {
      throw nameMissingModel(failure, model, notFound(request.model));
    });
    answer.watchStops(accepted.watchedStops);
    await streamAnswer(accepted.response, answer, request.stream, response, call.record);
  }

  /** In Ollama's order (contract §0). */
  private async check(request: OllamaGenerateRequest, call: RequestContext): Promise<ResolvedModel> {
    if (request.model === '') throw new ModelNotFoundError(notFound(''));
    call.access.check(request.model, notFound(request.model));
    const model = await this.catalogue.resolve(request.model);
    checkName(request.model, model);
    checkGenerateRequest(request);
    checkCapabilities(request, model.entry, request.suffix ? ['completion', 'insert'] : ['completion'], 'generate');
    checkOptions(request.options);
    return model;
  }
}

function notFound(name: string): string {
  return `model '${name}' not found`;
}
