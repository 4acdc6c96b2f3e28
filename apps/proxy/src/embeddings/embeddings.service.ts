import { Injectable } from '@nestjs/common';
import type { ResolvedModel } from '#models';
import { CatalogueService, RunningModels } from '#models';
import type { OllamaEmbeddingsRequest, OllamaEmbedRequest } from '#contracts';
import { BadRequestError, ModelNotFoundError } from '#errors';
import { checkOptions, TranslationService } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { checkName, nameMissingModel } from '../text/model-lookup.js';
import { Embedder } from './embedder.js';

@Injectable()
export class EmbeddingsService {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly running: RunningModels,
    private readonly translation: TranslationService,
    private readonly embedder: Embedder,
  ) {}

  /** The JSON of the answer, in pieces. @throws ProxyException */
  async embed(request: OllamaEmbedRequest, call: RequestContext): Promise<Uint8Array[]> {
    if (request.model === '') throw new ModelNotFoundError("model '' not found");
    const model = await this.find(request, request.input.length === 0, call);
    const sent = performance.now();
    const batches = await this.embedder
      .embed(model, request.input, request.truncate, call)
      .catch((failure: unknown) => {
        throw nameMissingModel(failure, model, notFound(request.model));
      });
    return this.translation.embedAnswer(request, batches, call.received, sent);
  }

  /** The JSON of the answer, in pieces. @throws ProxyException */
  async embeddings(request: OllamaEmbeddingsRequest, call: RequestContext): Promise<Uint8Array[]> {
    if (request.model === '') throw new BadRequestError('model is required');
    const model = await this.find(request, request.prompt === '', call);
    if (request.prompt === '') return this.translation.embeddingsAnswer([]);
    const batches = await this.embedder.embed(model, [request.prompt], true, call).catch((failure: unknown) => {
      throw nameMissingModel(failure, model, notFound(request.model));
    });
    return this.translation.embeddingsAnswer(batches);
  }

  /** A request without input only loads, so the model has to be known. */
  private async find(
    request: OllamaEmbedRequest | OllamaEmbeddingsRequest,
    onlyLoads: boolean,
    { access }: RequestContext,
  ): Promise<ResolvedModel> {
    access.check(request.model, notFound(request.model));
    const model = await this.catalogue.resolve(request.model);
    checkName(request.model, model);
    checkOptions(request.options);
    if (model.entry) this.running.touch(model.entry, request.keep_alive);
    else if (onlyLoads && this.catalogue.isKnown) throw new ModelNotFoundError(notFound(request.model));
    return model;
  }
}

function notFound(name: string): string {
  return `model ${JSON.stringify(name)} not found, try pulling it first`;
}
