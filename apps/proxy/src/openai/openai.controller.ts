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
import { CorrelationIdInterceptor } from '../edge/correlation-id.interceptor.js';
import { sendPieces } from '../reply/json.js';
import { StaleListInterceptor } from '../reply/stale-list.interceptor.js';
import { OpenAiService } from './openai.service.js';
import { forwardedRequestHeaders } from './forwarded-headers.js';

/** The OpenAI API and Anthropic's Messages API, forwarded to the upstream. */
@Controller('v1')
export class OpenAiController {
  constructor(private readonly service: OpenAiService) {}

  @Get('models')
  @UseInterceptors(CorrelationIdInterceptor, StaleListInterceptor)
  async models(@Context() context: RequestContext, @Res() response: Response): Promise<void> {
    sendPieces(response, [await this.service.models(context)]);
  }

  /** Ids may contain slashes. */
  @Get('models/*id')
  @UseInterceptors(CorrelationIdInterceptor, StaleListInterceptor)
  model(@Param('id') id: string[] | string, @Context() context: RequestContext): Promise<object> {
    return this.service.model([id].flat().join('/'), context);
  }

  @Post(['chat/completions', 'completions', 'embeddings', 'responses', 'messages'])
  @HttpCode(200)
  forwardJson(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.service.forwardJson(
      pathAndQuery(request),
      request.bodyText ?? '',
      withHeaders(context, request),
      response,
    );
  }

  /** Other allowed paths: images, audio, files. Bodies are streamed through. */
  @Get('*path')
  forwardGet(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forward(request, context, response);
  }

  @Delete('*path')
  forwardDelete(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forward(request, context, response);
  }

  @Post('*path')
  @HttpCode(200)
  forwardPost(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forward(request, context, response);
  }

  private forward(request: Request, context: RequestContext, response: Response): Promise<void> {
    if (!this.service.isAllowed(request.path)) throw new NotFoundException();
    return this.service.forwardStream(request, withHeaders(context, request), response);
  }
}

function withHeaders(context: RequestContext, { headers }: Request): RequestContext {
  return { ...context, headers: forwardedRequestHeaders(headers) };
}

/** Relative to `/v1`, without a slash at the end, with the query. */
function pathAndQuery({ path, url }: Request): string {
  const query = url.indexOf('?');
  return path.slice('/v1'.length).replace(/\/+$/, '') + (query < 0 ? '' : url.slice(query));
}
