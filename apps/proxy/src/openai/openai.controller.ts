import { All, Controller, Get, HttpCode, NotFoundException, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { RequestCall } from '../http/call-context.js';
import { Call } from '../http/call-context.js';
import { OpenAiExceptionFilter } from './openai-exception.filter.js';
import { OpenAiService } from './openai.service.js';

/** The OpenAI API itself, passed through. */
@Controller('v1')
@UseFilters(OpenAiExceptionFilter)
export class OpenAiController {
  constructor(private readonly service: OpenAiService) {}

  @Get('models')
  models(): Promise<object> {
    return this.service.models();
  }

  /** Ids may hold slashes. */
  @Get('models/*id')
  model(@Param('id') id: string[] | string): Promise<object> {
    return this.service.model([id].flat().join('/'));
  }

  @Post(['chat/completions', 'completions', 'embeddings', 'responses', 'messages'])
  @HttpCode(200)
  text(@Req() request: Request, @Call() call: RequestCall, @Res() response: Response): Promise<void> {
    return this.service.passText(request.path.slice('/v1'.length), request.bodyText ?? '', call, response);
  }

  /** Whatever else is allowed: images, audio, files. Bodies stream through unread. */
  @All('*path')
  other(@Req() request: Request, @Call() call: RequestCall, @Res() response: Response): Promise<void> {
    if (!this.service.isAllowed(request.path)) throw new NotFoundException();
    return this.service.passStream(request, call, response);
  }
}
