import { Injectable } from '@nestjs/common';
import type { ResolvedModel } from '#models';
import type { OllamaEmbeddingsRequest, OllamaEmbedRequest } from '#contracts';
import { BadRequestError, ModelNotFoundError, ProxyException } from '#errors';
import { checkOptions, TranslationService } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { ModelLookup, rewordModelNotFound } from '../lookup/model-lookup.js';
import { Embedder, INPUT_TOO_LONG } from './embedder.js';

@Injectable()
export class EmbeddingsService {
  constructor(
    private readonly lookup: ModelLookup,
    private readonly translation: TranslationService,
    private readonly embedder: Embedder,
  ) {}

  /** @returns consecutive pieces of the JSON reply. @throws ProxyException */
  async embed(request: OllamaEmbedRequest, context: RequestContext): Promise<Uint8Array[]> {
    if (request.model === '') throw new ModelNotFoundError("model '' not found");
    const model = await this.find(request, request.input.length === 0, context);
    const sent = performance.now();
    const embedded = this.embedder.embed({ model, inputs: request.input, truncate: request.truncate, context });
    const batches = await rewordModelNotFound(embedded, model, notFound(request.model));
    return this.translation.embedAnswer(request, batches, context.received, sent);
  }

  /** @returns consecutive pieces of the JSON reply. @throws ProxyException */
  async embeddings(request: OllamaEmbeddingsRequest, context: RequestContext): Promise<Uint8Array[]> {
    if (request.model === '') throw new BadRequestError('model is required');
    const isLoad = request.prompt === '';
    const model = await this.find(request, isLoad, context);
    if (isLoad) return this.translation.embeddingsAnswer([]);
    const embedded = this.embedder.embed({ model, inputs: [request.prompt], truncate: false, context });
    const batches = await rewordModelNotFound(embedded, model, notFound(request.model)).catch((failure: unknown) => {
      // This route never shortens, and has no status but this for it.
      if (failure instanceof BadRequestError && failure.message === INPUT_TOO_LONG)
        throw new ProxyException(INPUT_TOO_LONG, 500);
      throw failure;
    });
    return this.translation.embeddingsAnswer(batches);
  }

  private async find(
    request: OllamaEmbedRequest | OllamaEmbeddingsRequest,
    isLoad: boolean,
    context: RequestContext,
  ): Promise<ResolvedModel> {
    const model = await this.lookup.find(request.model, context, notFound(request.model));
    checkOptions(request.options);
    this.lookup.touch(model, request.keep_alive);
    if (isLoad) this.lookup.checkLoad(model, notFound(request.model));
    return model;
  }
}

function notFound(name: string): string {
  return `model ${JSON.stringify(name)} not found, try pulling it first`;
}
