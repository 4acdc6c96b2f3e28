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
import { discardBody } from '../edge/discard-body.js';
import { Context, takeBodyText } from '../edge/request-context.js';
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

  @Post('responses/input_tokens')
  @HttpCode(200)
  @Route({ operation: 'responses', agentApi: 'input-tokens', docs })
  countInputTokens(
    @Req() request: Request,
    @Context() context: RequestContext,
    @Res() response: Response,
  ): Promise<void> {
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
    if (own && part === undefined && request.query.stream === 'true')
      throw new UnsupportedError('Only a response that was created with background=true can be streamed again.');
    if (own) sendJson(response, own);
    else await this.service.forwardStored('GET', id, { request, context: withHeaders(context, request), response });
  }

  /** `{id}/cancel`. */
  @Post('responses/*id')
  @HttpCode(200)
  @Route({ operation: 'responses', body: 'stream', docs })
  async cancelResponse(
    @Param('id') path: string[] | string,
    @Req() request: Request,
    @Context() context: RequestContext,
    @Res() response: Response,
  ): Promise<void> {
    const [id = '', part, ...more] = [path].flat();
    discardBody(request);
    if (part !== 'cancel' || more.length > 0) throw new UnsupportedError('this server has no such API', 404);
    // Only responses of an upstream run in the background.
    if (await this.state.find(id, context)) throw new UnsupportedError('Cannot cancel a synchronous response.');
    await this.service.forwardStored('POST', id, { request, context: withHeaders(context, request), response });
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
    const deleted = await this.state.delete(id, context);
    if (deleted) sendJson(response, deleted);
    else await this.service.forwardStored('DELETE', id, { request, context: withHeaders(context, request), response });
  }

  @Post('messages')
  @HttpCode(200)
  @Route({ operation: 'messages', genAi: 'chat', errors: 'anthropic', agentApi: 'messages', docs })
  messages(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
  }

  @Post('messages/count_tokens')
  @HttpCode(200)
  @Route({ operation: 'messages', errors: 'anthropic', agentApi: 'message-tokens', docs })
  countTokens(@Req() request: Request, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    return this.forwardText(request, context, response);
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

  private forward(request: Request, context: RequestContext, response: Response): Promise<void> {
    const isAnthropic = request.headers['anthropic-version'] !== undefined && toAnthropicFormat(request);
    if (this.service.isAllowed(request.path))
      return this.service.forwardStream(request, withHeaders(context, request), response);
    discardBody(request);
    if (isAnthropic || AGENT_API.test(request.path)) throw new UnsupportedError('this server has no such API', 404);
    throw new NotFoundException();
  }
}

/** Parts of the agents' APIs that nothing here serves: their SDKs read errors as JSON. */
const AGENT_API = /^\/v1\/(messages|responses|conversations)(\/|$)/;

/** Whether the client is one of Anthropic's API, which shares paths with OpenAI's. Errors have that form then, too. */
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
