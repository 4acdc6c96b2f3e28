import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { decodeChatRequest } from '#translation';
import type { RequestCall } from '../http/call-context.js';
import { Call, JsonBody } from '../http/call-context.js';
import { ChatService } from './chat.service.js';

@Controller('api')
export class ChatController {
  constructor(private readonly service: ChatService) {}

  @Post('chat')
  @HttpCode(200)
  chat(@JsonBody() body: unknown, @Call() call: RequestCall, @Res() response: Response): Promise<void> {
    return this.service.answer(decodeChatRequest(body), call, response);
  }
}
