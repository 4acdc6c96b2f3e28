import {
  Controller,
  Delete,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { RequestContext } from '../edge/request-context.js';
import { Context } from '../edge/request-context.js';
import type { ModelAccess } from '../auth/model-access.js';
import { Access } from '../auth/model-access.js';
import { sendPieces } from '../reply/stream-answer.js';
import { StaleListInterceptor } from '../reply/stale-list.interceptor.js';
import { OpenAiService } from './openai.service.js';
import { requestHeaders } from './request-headers.js';

/** The OpenAI API itself, passed through. */
@Controller('v1')
export class OpenAiController {
  constructor(private readonly service: OpenAiService) {}

  @Get('models')
  @UseInterceptors(StaleListInterceptor)
  async models(@Access() access: ModelAccess, @Res() response: Response): Promise<void> {
    sendPieces(response, [await this.service.models(access)]);
  }

  /** Ids may hold slashes. */
  @Get('models/*id')
  @UseInterceptors(StaleListInterceptor)
  model(@Param('id') id: string[] | string, @Access() access: ModelAccess): Promise<object> {
    return this.service.model([id].flat().join('/'), access);
  }

  @Post(['chat/completions', 'completions', 'embeddings', 'responses', 'messages'])
  @HttpCode(200)
  text(@Req() request: Request, @Context() call: RequestContext, @Res() response: Response): Promise<void> {
    const told = { ...call, headers: requestHeaders(request.headers) };
    return this.service.passText(pathAndQuery(request), request.bodyText ?? '', told, response);
  }

  /** Whatever else is allowed: images, audio, files. Bodies stream through unread. */
  @Get('*path')
  fetch(@Req() request: Request, @Context() call: RequestContext, @Res() response: Response): Promise<void> {
    return this.other(request, call, response);
  }

  @Delete('*path')
  remove(@Req() request: Request, @Context() call: RequestContext, @Res() response: Response): Promise<void> {
    return this.other(request, call, response);
  }

  @Post('*path')
  @HttpCode(200)
  send(@Req() request: Request, @Context() call: RequestContext, @Res() response: Response): Promise<void> {
    return this.other(request, call, response);
  }

  private other(request: Request, call: RequestContext, response: Response): Promise<void> {
    if (!this.service.isAllowed(request.path)) throw new NotFoundException();
    return this.service.passStream(request, call, response);
  }
}

/** Below `/v1`, without a slash at the end; the query goes along. */
function pathAndQuery({ path, url }: Request): string {
  const query = url.indexOf('?');
  return path.slice('/v1'.length).replace(/\/+$/, '') + (query < 0 ? '' : url.slice(query));
}
