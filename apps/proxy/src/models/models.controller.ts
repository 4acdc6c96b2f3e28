import { Controller, Get, Head, Headers, HttpCode, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import type { OllamaRunningModel, OllamaShowResponse } from '#contracts';
import { decodeShowRequest } from '#translation';
import { JsonBody } from '../edge/request-context.js';
import type { ModelAccess } from '../auth/model-access.js';
import { Access } from '../auth/model-access.js';
import { sendPieces } from '../reply/stream-answer.js';
import { ModelsService } from './models.service.js';
import { CorrelationIdInterceptor } from '../edge/correlation-id.interceptor.js';
import { StaleListInterceptor } from '../reply/stale-list.interceptor.js';

@Controller('api')
@UseInterceptors(CorrelationIdInterceptor, StaleListInterceptor)
export class ModelsController {
  constructor(private readonly service: ModelsService) {}

  @Head('tags')
  headTags(): void {
    // 200 without a body is all that a client wants to know here.
  }

  @Get('tags')
  async tags(@Access() access: ModelAccess, @Res() response: Response): Promise<void> {
    sendPieces(response, [await this.service.list(access)]);
  }

  @Get('ps')
  ps(@Access() access: ModelAccess): { models: OllamaRunningModel[] } {
    return { models: this.service.running(access) };
  }

  @Post('show')
  @HttpCode(200)
  show(
    @JsonBody() body: unknown,
    @Headers('user-agent') userAgent: string | undefined,
    @Access() access: ModelAccess,
  ): Promise<OllamaShowResponse> {
    return this.service.show(decodeShowRequest(body), userAgent ?? '', access);
  }
}
