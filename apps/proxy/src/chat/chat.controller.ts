import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { decodeChatRequest } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { Context, JsonBody } from '../edge/request-context.js';
import { Route } from '../routes/route.decorator.js';
import { ChatService } from './chat.service.js';

const docs = () => import('./chat.docs.js');

@Controller('api')
export class ChatController {
  constructor(private readonly service: ChatService) {}

  @Post('chat')
  @HttpCode(200)
  @Route({ operation: 'chat', genAi: 'chat', hasImages: true, docs })
  chat(@JsonBody() body: unknown, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.service.reply(decodeChatRequest(body), context, response);
  }
}
