import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { decodeEmbeddingsRequest, decodeEmbedRequest } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { Context, JsonBody } from '../edge/request-context.js';
import { sendPieces } from '../reply/json.js';
import { Route } from '../routes/route.decorator.js';
import { EmbeddingsService } from './embeddings.service.js';

const docs = () => import('./embeddings.docs.js');

@Controller('api')
export class EmbeddingsController {
  constructor(private readonly service: EmbeddingsService) {}

  @Post('embed')
  @HttpCode(200)
  @Route({ operation: 'embed', genAi: 'embeddings', docs })
  async embed(@JsonBody() body: unknown, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    sendPieces(response, await this.service.embed(decodeEmbedRequest(body), context));
  }

  /** Ollama's older route, which some clients still use. */
  @Post('embeddings')
  @HttpCode(200)
  @Route({ operation: 'embed', genAi: 'embeddings', docs })
  async embeddings(
    @JsonBody() body: unknown,
    @Context() context: RequestContext,
    @Res() response: Response,
  ): Promise<void> {
    sendPieces(response, await this.service.embeddings(decodeEmbeddingsRequest(body), context));
  }
}
