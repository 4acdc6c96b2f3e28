import { Controller, Delete, Head, HttpCode, Post, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { ProxyException } from '#errors';
import { decodePullRequest } from '#translation';
import { JsonBody } from '../edge/request-context.js';
import type { ModelAccess } from '../auth/model-access.js';
import { Access } from '../auth/model-access.js';
import { NdjsonWriter } from '../reply/ndjson-writer.js';
import { sendJson } from '../reply/stream-answer.js';
import { PullService } from './pull.service.js';
import { CorrelationIdInterceptor } from '../edge/correlation-id.interceptor.js';

/**
 * Routes that change which models there are. The backend owns its models, so pulling one that it serves succeeds at
 * once and the rest says honestly what to do instead.
 */
@Controller('api')
@UseInterceptors(CorrelationIdInterceptor)
export class ManagementController {
  constructor(private readonly pulls: PullService) {}

  @Post('pull')
  @HttpCode(200)
  async pull(@JsonBody() body: unknown, @Access() access: ModelAccess, @Res() response: Response): Promise<void> {
    const request = decodePullRequest(body);
    if (!request.stream) {
      sendJson(response, await this.pulls.pullWhole(request.model, access));
      return;
    }
    const steps = await this.pulls.steps(request.model, access);
    await new NdjsonWriter(response).end(steps);
  }

  @Post('push')
  push(): never {
    throw notHere('pushing a model', 'publish it with the tools of the backend');
  }

  @Post('create')
  create(): never {
    throw notHere('creating a model', 'add it to the backend, or give a model another name with MODEL_MAPPING_FILE');
  }

  @Post('copy')
  copy(): never {
    throw notHere('copying a model', 'give it another name with MODEL_MAPPING_FILE');
  }

  @Delete('delete')
  remove(): never {
    throw notHere('deleting a model', 'remove it from the backend');
  }

  @Head('blobs/:digest')
  hasBlob(@Res() response: Response): void {
    response.status(404).end();
  }

  @Post('blobs/:digest')
  createBlob(): never {
    throw notHere('uploading model data', 'add the model to the backend');
  }
}

function notHere(what: string, instead: string): ProxyException {
  return new ProxyException(
    `${what} is not supported by this server: its models belong to a remote backend; ${instead}`,
    501,
  );
}
