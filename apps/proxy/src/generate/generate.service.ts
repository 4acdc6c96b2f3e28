import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Capability, OllamaGenerateRequest, OllamaGenerateResponse } from '#contracts';
import { ModelNotFoundError } from '#errors';
import type { OllamaStream, ResponseSource } from '#translation';
import { checkGenerateRequest, TranslationService } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import type { TextGeneration } from '../text/text-generation.service.js';
import { modelNotFound, TextGenerationService } from '../text/text-generation.service.js';

@Injectable()
export class GenerateService implements TextGeneration<OllamaGenerateRequest, OllamaGenerateResponse> {
  readonly route = 'generate';

  constructor(
    private readonly translation: TranslationService,
    private readonly text: TextGenerationService,
  ) {}

  /** @throws ProxyException before the first byte of the reply; later failures are reported in the stream */
  async reply(request: OllamaGenerateRequest, context: RequestContext, response: Response): Promise<void> {
    if (request.model === '') throw new ModelNotFoundError(modelNotFound(''));
    await this.text.reply(this, request, context, response);
  }

  check(request: OllamaGenerateRequest): void {
    checkGenerateRequest(request);
  }

  capabilitiesFor({ suffix }: OllamaGenerateRequest): readonly Capability[] {
    return suffix ? ['completion', 'insert'] : ['completion'];
  }

  isLoad({ prompt }: OllamaGenerateRequest): boolean {
    return prompt === '';
  }

  loaded(request: OllamaGenerateRequest): OllamaGenerateResponse {
    return this.translation.loadedGenerate(request);
  }

  toUpstream(request: OllamaGenerateRequest): { path: string; body: object } {
    return this.translation.generateRequest(request);
  }

  toLines(request: OllamaGenerateRequest, source: ResponseSource): OllamaStream<OllamaGenerateResponse> {
    return this.translation.generateStream(request, source);
  }
}
