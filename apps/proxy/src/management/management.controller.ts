import { Controller, Delete, Head, HttpCode, Param, Post, Req, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadRequestError } from '#errors';
import { ModelStore } from '#model-store';
import { encodeLine } from '#streaming';
import {
  decodeCopyRequest,
  decodeCreateRequest,
  decodeDeleteRequest,
  decodePullRequest,
  decodePushRequest,
} from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { Context, JsonBody } from '../edge/request-context.js';
import { CorrelationIdInterceptor } from '../edge/correlation-id.interceptor.js';
import { discardBody } from '../edge/discard-body.js';
import { NdjsonWriter } from '../reply/ndjson-writer.js';
import { sendJson } from '../reply/json.js';
import { Route } from '../routes/route.decorator.js';
import { BlobsService, readDigest } from './blobs.service.js';
import { ManageGuard } from './manage.guard.js';
import { PullService } from './pull.service.js';
import { unsupported, VirtualModelsService } from './virtual-models.service.js';

const docs = () => import('./management.docs.js');

/**
 * Routes that change the set of models. Upstreams own the models that they serve; clients own the virtual models that they
 * make from these, if MODEL_STORE allows any. The rest answers 501 with what to do instead.
 */
@Controller('api')
export class ManagementController {
  constructor(
    private readonly pulls: PullService,
    private readonly models: VirtualModelsService,
    private readonly blobs: BlobsService,
    private readonly store: ModelStore,
  ) {}

  @Post('pull')
  @HttpCode(200)
  @Route({ operation: 'pull', docs })
  @UseInterceptors(CorrelationIdInterceptor)
  async pull(@JsonBody() body: unknown, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    const request = decodePullRequest(body);
    if (!request.stream) {
      sendJson(response, await this.pulls.pullWhole(request.model, context));
      return;
    }
    const steps = await this.pulls.steps(request.model, context);
    await new NdjsonWriter(response).end(steps.map(encodeLine));
  }

  @Post('push')
  @Route({ docs })
  push(@JsonBody() body: unknown): never {
    if (decodePushRequest(body) === '') throw new BadRequestError('model is required');
    throw unsupported(
      'pushing a model',
      'share the Modelfile that `ollama show --modelfile` prints, or publish the model with the tools of its upstream',
    );
  }

  @Post('create')
  @HttpCode(200)
  @Route({ operation: 'create', docs })
  @UseGuards(ManageGuard)
  @UseInterceptors(CorrelationIdInterceptor)
  async create(
    @JsonBody() body: unknown,
    @Context() context: RequestContext,
    @Res() response: Response,
  ): Promise<void> {
    const request = decodeCreateRequest(body);
    const steps = (await this.models.create(request, context)).map((status) => ({ status }));
    if (request.stream) await new NdjsonWriter(response).end(steps.map(encodeLine));
    else sendJson(response, steps.at(-1) ?? {});
  }

  @Post('copy')
  @HttpCode(200)
  @Route({ operation: 'copy', docs })
  @UseGuards(ManageGuard)
  async copy(@JsonBody() body: unknown, @Context() context: RequestContext, @Res() response: Response): Promise<void> {
    await this.models.copy(decodeCopyRequest(body), context);
    response.end();
  }

  @Delete('delete')
  @HttpCode(200)
  @Route({ operation: 'delete', docs })
  @UseGuards(ManageGuard)
  async remove(
    @JsonBody() body: unknown,
    @Context() context: RequestContext,
    @Res() response: Response,
  ): Promise<void> {
    await this.models.remove(decodeDeleteRequest(body), context);
    response.end();
  }

  @Head('blobs/:digest')
  @Route({ docs })
  hasBlob(@Param('digest') digest: string, @Res() response: Response): void {
    response.status(this.blobs.has(digest) ? 200 : 404).end();
  }

  @Post('blobs/:digest')
  @Route({ body: 'stream', docs })
  @UseGuards(ManageGuard)
  async createBlob(@Param('digest') digest: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.store.isOn) {
      discardBody(request);
      readDigest(digest);
      throw unsupported('uploading model data', 'add the model to an upstream');
    }
    const isNew = await this.blobs.add(digest, request);
    response.status(isNew ? 201 : 200).end();
  }
}
