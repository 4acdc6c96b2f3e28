import {
  Controller,
  Delete,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { UnsupportedError } from '#errors';
import type { RequestContext } from '../edge/request-context.js';
import type { ItemPage } from '#responses';
import { ConversationState } from '../agent-apis/conversation-state.js';
import { MessagesService } from '../agent-apis/messages.service.js';
import { Context, JsonBody, takeBodyText } from '../edge/request-context.js';
import { CorrelationIdInterceptor } from '../edge/correlation-id.interceptor.js';
import { ERROR_FORMATS } from '../errors/error-format.js';
import { sendJson, sendPieces } from '../reply/json.js';
import { StaleListInterceptor } from '../reply/stale-list.interceptor.js';
import { Route } from '../routes/route.decorator.js';
import type { ListPage } from './anthropic-models.js';
import { wantsAnthropicModels } from './anthropic-models.js';
import { OpenAiService } from './openai.service.js';
import { forwardedRequestHeaders } from './forwarded-headers.js';

const docs = () => import('./openai.docs.js');

/** The OpenAI API and Anthropic's Messages API, forwarded to the upstream. */
@Controller('v1')
export class OpenAiController {
  constructor(
    private readonly service: OpenAiService,
    private readonly messagesApi: MessagesService,
    private readonly state: ConversationState,
  ) {}

  @Get('models')
  @Route({ operation: 'models', answersHead: false, isLimited: false, docs })
  @UseInterceptors(CorrelationIdInterceptor, StaleListInterceptor)
  async models(
    @Req() request: Request,
    @Context() context: RequestContext,
    @Res() response: Response,
    @Query() page: ListPage,
  ): Promise<void> {
    if (toAnthropicFormat(request)) {
      sendJson(response, await this.service.anthropicModels(context, page));
      return;
    }
    sendPieces(response, [await this.service.models(context)]);
  }

  /** Ids may contain slashes. */
  @Get('models/*id')
  @Route({ operation: 'show', answersHead: false, isLimited: false, docs })
  @UseInterceptors(CorrelationIdInterceptor, StaleListInterceptor)
  model(
    @Param('id') id: string[] | string,
    @Req() request: Request,
    @Context() context: RequestContext,
  ): Promise<object> {
    const name = [id].flat().join('/');
    return toAnthropicFormat(request) ? this.service.anthropicModel(name, context) : this.service.model(name, context);
  }

  @Post('chat/completions')
  @HttpCode(200)
  @Route({ operation: 'chat', genAi: 'chat', docs })
  chatCompletions(
    @Req() request: Request,
    @Context() context: RequestContext,
    @Res() response: Response,
  ): Promise<void> {
    return this.forwardText(request, context, response);
  }

  @Post('completions')
  @HttpCode(200)
  @Route({ operation: 'generate', genAi: 'text_completion', docs })
  completions(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
  }

  @Post('embeddings')
  @HttpCode(200)
  @Route({ operation: 'embed', genAi: 'embeddings', docs })
  embeddings(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
  }

  /** Decisions of a model in the form of Ollama's API. */
  @Post('systemone')
  @HttpCode(200)
  @Route({ operation: 'decide', genAi: 'generate_content', errors: 'ollama', docs })
  systemOne(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
  }

  /** Decisions of a model in the form of OpenAI's API. */
  @Post('decisions')
  @HttpCode(200)
  @Route({ operation: 'decide', genAi: 'generate_content', docs })
  decisions(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
  }

  @Post('responses')
  @HttpCode(200)
  @Route({ operation: 'responses', genAi: 'chat', agentApi: 'responses', docs })
  responses(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
  }

  @Post('responses/compact')
  @HttpCode(200)
  @Route({ operation: 'responses', genAi: 'chat', agentApi: 'compaction', docs })
  compact(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
  }

  /** `{id}`, and `{id}/input_items`. */
  @Get('responses/*id')
  @Route({ operation: 'responses', answersHead: false, docs })
  async storedResponse(
    @Param('id') path: string[] | string,
    @Query() page: ItemPage,
    @Req() request: Request,
    @Context() context: RequestContext,
    @Res() response: Response,
  ): Promise<void> {
    const [id = '', part] = [path].flat();
    let own: object | undefined;
    if (part === undefined) own = await this.state.find(id, context);
    else if (part === 'input_items') own = await this.state.inputItems(id, page, context);
    await this.replyOrForward(own, id, { request, context, response });
  }

  @Delete('responses/*id')
  @Route({ operation: 'responses', body: 'stream', docs })
  async deleteResponse(
    @Param('id') path: string[] | string,
    @Req() request: Request,
    @Context() context: RequestContext,
    @Res() response: Response,
  ): Promise<void> {
    const id = [path].flat().join('/');
    await this.replyOrForward(await this.state.delete(id, context), id, { request, context, response });
  }

  @Post('messages')
  @HttpCode(200)
  @Route({ operation: 'messages', genAi: 'chat', errors: 'anthropic', agentApi: 'messages', docs })
  messages(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
  }

  /** Estimated here: upstreams have no such route, and chat completions count only afterwards. */
  @Post('messages/count_tokens')
  @HttpCode(200)
  @Route({ operation: 'messages', errors: 'anthropic', docs })
  countTokens(@JsonBody() body: unknown, @Context() context: RequestContext): Promise<object> {
    return this.messagesApi.countTokens(body, context);
  }

  /** Other allowed paths: images, audio, files. Bodies are streamed through. */
  @Get('*path')
  @Route({ operation: 'passed', answersHead: false, docs })
  forwardGet(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forward(request, context, response);
  }

  @Delete('*path')
  @Route({ operation: 'passed', body: 'stream', docs })
  forwardDelete(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forward(request, context, response);
  }

  @Post('*path')
  @HttpCode(200)
  @Route({ operation: 'passed', body: 'stream', docs })
  forwardPost(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forward(request, context, response);
  }

  private forwardText(request: Request, context: RequestContext, response: Response): Promise<void> {
    const { agentApi } = request.routeInfo;
    const json = { path: pathAndQuery(request), text: takeBodyText(request), ...(agentApi && { agentApi }) };
    return this.service.forwardJson(json, withHeaders(context, request), response);
  }

  /** A response that is not stored here may be stored by the upstream. */
  private async replyOrForward(
    own: object | undefined,
    id: string,
    { request, context, response }: Call,
  ): Promise<void> {
    if (own) {
      sendJson(response, own);
      return;
    }
    const missing = `Response with id '${id}' not found.`;
    if (!this.service.isAllowed(request.path)) throw new UnsupportedError(missing, 404);
    await this.service.forwardStream(request, withHeaders(context, request), response, missing);
  }

  private forward(request: Request, context: RequestContext, response: Response): Promise<void> {
    if (!this.service.isAllowed(request.path)) throw new NotFoundException();
    return this.service.forwardStream(request, withHeaders(context, request), response);
  }
}

interface Call {
  readonly request: Request;
  readonly context: RequestContext;
  readonly response: Response;
}

/** Whether the lists are wanted in the form of Anthropic's API. Errors have that form then, too. */
function toAnthropicFormat(request: Request): boolean {
  const isWanted = wantsAnthropicModels(request.headers);
  if (isWanted) request.routeInfo = { ...request.routeInfo, errors: ERROR_FORMATS.anthropic };
  return isWanted;
}

function withHeaders(context: RequestContext, { headers }: Request): RequestContext {
  return { ...context, headers: forwardedRequestHeaders(headers) };
}

/** Relative to `/v1`, without a slash at the end, with the query. */
function pathAndQuery({ path, url }: Request): string {
  const query = url.indexOf('?');
  return path.slice('/v1'.length).replace(/\/+$/, '') + (query < 0 ? '' : url.slice(query));
}
