import { Controller, Delete, Head, HttpCode, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { ProxyException } from '#errors';
import { decodePullRequest } from '#translation';
import type { RequestContext } from '../edge/request-context.js';
import { Context, JsonBody } from '../edge/request-context.js';
import { NdjsonWriter } from '../reply/ndjson-writer.js';
import { sendJson } from '../reply/json.js';
import { Route } from '../routes/route.decorator.js';
import { PullService } from './pull.service.js';
import { CorrelationIdInterceptor } from '../edge/correlation-id.interceptor.js';

const docs = () => import('./management.docs.js');

/**
 * Routes that change the set of models. The upstreams own their models, so pulling one that is served succeeds at once
 * and the other routes answer 501 with what to do instead.
 */
@Controller('api')
export class ManagementController {
  constructor(private readonly pulls: PullService) {}

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
    await new NdjsonWriter(response).end(steps);
  }

  @Post('push')
  @Route({ docs })
  push(): never {
    throw unsupported('pushing a model', 'publish it with the tools of the upstream');
  }

  @Post('create')
  @Route({ docs })
  create(): never {
    throw unsupported(
      'creating a model',
      'add it to an upstream, or give a model another name with MODEL_MAPPING_FILE',
    );
  }

  @Post('copy')
  @Route({ docs })
  copy(): never {
    throw unsupported('copying a model', 'give it another name with MODEL_MAPPING_FILE');
  }

  @Delete('delete')
  @Route({ docs })
  remove(): never {
    throw unsupported('deleting a model', 'remove it from its upstream');
  }

  @Head('blobs/:digest')
  @Route({ docs })
  hasBlob(@Res() response: Response): void {
    response.status(404).end();
  }

  @Post('blobs/:digest')
  @Route({ docs })
  createBlob(): never {
    throw unsupported('uploading model data', 'add the model to an upstream');
  }
}

function unsupported(what: string, instead: string): ProxyException {
  return new ProxyException(
    `${what} is not supported by this server: its models belong to remote upstreams; ${instead}`,
    501,
  );
}
