import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { decodeGenerateRequest } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { Context, JsonBody } from '../edge/request-context.js';
import { Route } from '../routes/route.decorator.js';
import { GenerateService } from './generate.service.js';

const docs = () => import('./generate.docs.js');

@Controller('api')
export class GenerateController {
  constructor(private readonly service: GenerateService) {}

  @Post('generate')
  @HttpCode(200)
  @Route({ operation: 'generate', genAi: 'text_completion', hasImages: true, docs })
  generate(@JsonBody() body: unknown, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.service.reply(decodeGenerateRequest(body), context, response);
  }
}
