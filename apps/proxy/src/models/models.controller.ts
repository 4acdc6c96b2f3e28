import { Controller, Get, Head, Header, Headers, HttpCode, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import type { OllamaRunningModel, OllamaShowResponse } from '#contracts';
import { decodeShowRequest } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { Context, JsonBody } from '../edge/request-context.js';
import { JSON_TYPE, sendPieces } from '../reply/json.js';
import { Route } from '../routes/route.decorator.js';
import { ModelsService } from './models.service.js';
import { CorrelationIdInterceptor } from '../edge/correlation-id.interceptor.js';
import { StaleListInterceptor } from '../reply/stale-list.interceptor.js';

const docs = () => import('./models.docs.js');

@Controller('api')
@UseInterceptors(CorrelationIdInterceptor, StaleListInterceptor)
export class ModelsController {
  constructor(private readonly service: ModelsService) {}

  @Head('tags')
  @Header('Content-Type', JSON_TYPE)
  @Route({ operation: 'models', isLimited: false, docs })
  headTags(): void {
    // Clients check the status only.
  }

  @Get('tags')
  @Route({ operation: 'models', isLimited: false, docs })
  async tags(@Context() context: RequestContext, @Res() response: Response): Promise<void> {
    sendPieces(response, [await this.service.list(context)]);
  }

  @Get('ps')
  @Route({ operation: 'running', isLimited: false, docs })
  ps(@Context() { access }: RequestContext): { models: OllamaRunningModel[] } {
    return { models: this.service.running(access) };
  }

  @Post('show')
  @HttpCode(200)
  @Route({ operation: 'show', docs })
  show(
    @JsonBody() body: unknown,
    @Headers('user-agent') userAgent: string | undefined,
    @Context() context: RequestContext,
  ): Promise<OllamaShowResponse> {
    return this.service.show(decodeShowRequest(body), userAgent ?? '', context);
  }
}
