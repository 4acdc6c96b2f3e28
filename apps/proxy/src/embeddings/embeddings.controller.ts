import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { decodeEmbeddingsRequest, decodeEmbedRequest } from '#translation';
import type { RequestCall } from '../http/call-context.js';
import { Call, JsonBody } from '../http/call-context.js';
import { sendPieces } from '../http/send-answer.js';
import { EmbeddingsService } from './embeddings.service.js';

@Controller('api')
export class EmbeddingsController {
  constructor(private readonly service: EmbeddingsService) {}

  @Post('embed')
  @HttpCode(200)
  async embed(@JsonBody() body: unknown, @Call() call: RequestCall, @Res() response: Response): Promise<void> {
    sendPieces(response, await this.service.embed(decodeEmbedRequest(body), call));
  }

  /** Superseded by embed, and still what some clients call. */
  @Post('embeddings')
  @HttpCode(200)
  async embeddings(@JsonBody() body: unknown, @Call() call: RequestCall, @Res() response: Response): Promise<void> {
    sendPieces(response, await this.service.embeddings(decodeEmbeddingsRequest(body), call));
  }
}
