import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Request, Response } from 'express';
import type { ModelEntry, ResolvedModel } from '#models';
import { CatalogueService } from '#models';
import type { Settings } from '#config';
import { BadRequestError, ModelNotFoundError, ProxyException, UpstreamError } from '#errors';
import { UpstreamClient } from '#upstream';
import { findModelField, withModel } from '#json-bytes';
import { displayName, parseGoJson } from '#translation';
import type { UpstreamResponse } from '#connections';
import type { RequestContext } from '../edge/request-context.js';
import { discardBody } from '../edge/discard-body.js';
import { ModelListCache } from '../reply/model-list-cache.js';
import type { ModelAccess } from '../auth/model-access.js';
import { limitUpload } from './limit-upload.js';
import { passThrough } from './passthrough.js';
import { bodyHeaders, requestHeaders } from './request-headers.js';

/** Routes that many backends do not have; translating them is another matter. */
const OPTIONAL = /^\/(responses|messages)(?=\?|$)/;

/** No escapes: `%2e%2e` and `%2f` would lead out of what is allowed, once somebody decodes them. */
const PLAIN_PATH = /^[\w./:@~-]*$/;

@Injectable()
export class OpenAiService {
  private readonly lists = new ModelListCache((entries) => ({ object: 'list', data: entries.map(describe) }));
  private readonly allowed: readonly string[];
  private readonly maxUploadBytes: number;

  constructor(
    private readonly catalogue: CatalogueService,
    private readonly upstream: UpstreamClient,
    config: ConfigService<Settings, true>,
  ) {
    const { passedPaths, maxUploadBytes } = config.get('server', { infer: true });
    this.allowed = passedPaths;
    this.maxUploadBytes = maxUploadBytes;
  }

  /** The JSON of the list as the backends give it, with the names that the mapping file adds. */
  async models(access: ModelAccess): Promise<Uint8Array> {
    return this.lists.json(await this.catalogue.list(), access);
  }

  async model(id: string, access: ModelAccess): Promise<object> {
    access.check(id, `model '${id}' not found`);
    const { entry } = await this.catalogue.resolve(id);
    if (!entry) throw new ModelNotFoundError(`model '${id}' not found`);
    return { ...describe(entry), id };
  }

  isAllowed(path: string): boolean {
    if (!PLAIN_PATH.test(path) || path.includes('..')) return false;
    return this.allowed.some((allowed) => path === `/v1/${allowed}` || path.startsWith(`/v1/${allowed}/`));
  }

  /** A JSON body: unchanged but for the model's name. @throws ProxyException before the first byte only */
  async passText(path: string, text: string, call: RequestContext, response: Response): Promise<void> {
    const field = findModelField(text);
    if (!field) {
      parseGoJson(text);
      throw new BadRequestError('model is required');
    }
    call.access.checkPassed(field.name, text);
    const model = await this.catalogue.resolve(field.name);
    const payloadFor = (id: string): string => (id === field.name ? text : withModel(text, field, id));
    const answer = await this.upstream.pass(path, payloadFor, model, call).catch((failure: unknown) => {
      throw isMissingRoute(path, failure) ? notHere(path) : failure;
    });
    await passThrough(answer, response, call.record);
  }

  /** A body that is never held: to the backend that is tried first. @throws ProxyException before the first byte only */
  async passStream(request: Request, call: RequestContext, response: Response): Promise<void> {
    call.access.checkUnread();
    const path = request.url.replace(/^\/v1/, '');
    const model: ResolvedModel = this.catalogue.anywhere();
    const told = { ...call, headers: requestHeaders(request.headers) };
    const answer =
      request.method === 'GET' || request.method === 'DELETE'
        ? await this.upstream.fetch(request.method === 'GET' ? 'get' : 'delete', path, model, told)
        : await this.upload(path, request, model, told);
    await passThrough(answer, response, call.record);
  }

  private async upload(
    path: string,
    request: Request,
    model: ResolvedModel,
    call: RequestContext,
  ): Promise<UpstreamResponse> {
    try {
      const stream = limitUpload(request, this.maxUploadBytes);
      return await this.upstream.passOnce(path, { stream, headers: bodyHeaders(request.headers) }, model, call);
    } catch (failure) {
      discardBody(request);
      throw failure;
    }
  }
}

/** As the backend lists it; a name that the mapping file gives takes the place of the id. */
function describe({ raw, id, name }: ModelEntry): object {
  return { object: 'model', created: 0, owned_by: 'library', ...raw, id: name === displayName(id) ? id : name };
}

function isMissingRoute(path: string, failure: unknown): boolean {
  return (
    OPTIONAL.test(path) &&
    failure instanceof UpstreamError &&
    failure.upstreamStatus === 404 &&
    !failure.isModelNotFound
  );
}

function notHere(path: string): ProxyException {
  return new ProxyException(
    `the backend does not offer /v1${path.split('?', 1)[0] ?? ''}; use /v1/chat/completions`,
    501,
  );
}
