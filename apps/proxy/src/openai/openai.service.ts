import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Request, Response } from 'express';
import type { Readable } from 'node:stream';
import type { ModelEntry, ResolvedModel } from '#models';
import { ModelCatalogue } from '#models';
import type { Settings } from '#config';
import type { AgentApi } from '#dialects';
import { BadRequestError, ModelNotFoundError, UnsupportedError } from '#errors';
import { UpstreamClient } from '#upstream';
import { runSteps } from '#async';
import { withModel } from '#json-bytes';
import { isRecord, parseJson } from '#primitives';
import { displayName, readGoJson } from '#translation';
import type { UpstreamResponse } from '#connections';
import { UpstreamResponses } from '../agent-apis/upstream-responses.js';
import { AgentApis, isMissingApi } from '../agent-apis/agent-apis.service.js';
import type { RequestContext } from '../edge/request-context.js';
import { discardBody } from '../edge/discard-body.js';
import { ModelListCache } from '../reply/model-list-cache.js';
import { ModelLookup } from '../lookup/model-lookup.js';
import type { ListPage } from './anthropic-models.js';
import { toAnthropicList, toAnthropicModel } from './anthropic-models.js';
import { beginUpload } from './begin-upload.js';
import { readModelField } from '../auth/named-models.js';
import { forwardResponse } from './forward-response.js';
import { forwardedBodyHeaders } from './forwarded-headers.js';

/** Without escapes: an upstream that decodes `%2e%2e` or `%2f` would leave the allowed paths. */
const PLAIN_PATH = /^[\w./:@~-]*$/;

/** Below the routes of the agents' APIs: batches, stored responses and the like. */
const AGENT_PATH = /^\/(messages|responses)\//;

/** Where an upstream keeps conversations. */
const STATE_PATH = /^\/(responses|conversations)(\/|\?|$)/;

/** APIs that few upstreams have, and that nothing else can replace. */
const DECISION_PATH = /^\/(systemone|decisions)(\?|$)/;

const NO_SUCH_API = 'this server has no such API';

/** A request whose JSON body is forwarded. */
interface JsonRequest {
  /** Below `/v1`, with the query. */
  readonly path: string;
  readonly text: string;
  /** Set for an API that is translated where the upstream lacks it. */
  readonly agentApi?: AgentApi;
}

/** A client's request and the reply to it. */
export interface ClientCall {
  readonly request: Request;
  readonly context: RequestContext;
  readonly response: Response;
}

@Injectable()
export class OpenAiService {
  private readonly lists = new ModelListCache((entries) => ({ object: 'list', data: entries.map(describe) }));
  private readonly allowedPaths: readonly string[];
  private readonly maxUploadBytes: number;

  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly lookup: ModelLookup,
    private readonly upstream: UpstreamClient,
    private readonly agentApis: AgentApis,
    private readonly stored: UpstreamResponses,
    config: ConfigService<Settings, true>,
  ) {
    const { passedPaths, maxUploadBytes } = config.get('server', { infer: true });
    this.allowedPaths = passedPaths;
    this.maxUploadBytes = maxUploadBytes;
  }

  /** The upstreams' own list as JSON, with the names that the mapping file adds. @throws ProxyException when no list could be read yet */
  async models({ access }: RequestContext): Promise<Uint8Array> {
    return this.lists.json(await this.catalogue.list(), access);
  }

  async model(id: string, context: RequestContext): Promise<object> {
    // With the tag, as on /api/show (protocol W9).
    const notFound = `model '${displayName(id)}' not found`;
    const { entry } = await this.lookup.resolve(id, context, notFound);
    if (!entry) throw new ModelNotFoundError(notFound);
    return { ...describe(entry), id };
  }

  /** One page of the list in the form of Anthropic's API. @throws ProxyException when no list could be read yet */
  async anthropicModels({ access }: RequestContext, page: ListPage): Promise<object> {
    const entries = (await this.catalogue.list()).filter((entry) => access.allowsEntry(entry));
    return toAnthropicList(
      entries.map((entry) => ({ id: idOf(entry), entry })),
      page,
    );
  }

  async anthropicModel(id: string, context: RequestContext): Promise<object> {
    const notFound = `model: ${id}`;
    const { entry } = await this.lookup.resolve(id, context, notFound);
    if (!entry) throw new ModelNotFoundError(notFound);
    return toAnthropicModel(id, entry);
  }

  isAllowed(path: string): boolean {
    if (!PLAIN_PATH.test(path) || path.includes('..')) return false;
    return this.allowedPaths.some((allowed) => path === `/v1/${allowed}` || path.startsWith(`/v1/${allowed}/`));
  }

  /** Forwards a JSON body unchanged but for the model's name. @throws ProxyException before the first byte only */
  async forwardJson(
    { path, text, agentApi: api }: JsonRequest,
    context: RequestContext,
    response: Response,
  ): Promise<void> {
    const { access, signal } = context;
    const field = await runSteps(readModelField(text), text.length, signal);
    if (!field) {
      await runSteps(readGoJson(text), text.length, signal);
      throw new BadRequestError('model is required');
    }
    if (access.isRestricted) await runSteps(access.checkBody(field.name, text), text.length, signal);
    const model = await this.lookup.resolve(field.name, context, `model '${field.name}' not found`);
    const payloadFor = (id: string): string => (id === field.name ? text : withModel(text, field, id));
    if (api && this.agentApis.isMissing(api, model, text)) {
      await this.agentApis.translate(api, text, context, response);
      return;
    }
    const body = api && isOfResponses(api) && this.stored.isChecked(context) ? parseJson(text) : undefined;
    const place = isRecord(body) ? await this.stored.placeOf(body, context) : undefined;
    if (api && place?.isHere) {
      await this.agentApis.translate(api, text, context, response);
      return;
    }
    // Written again: of a field that is there twice, an upstream may read the one that was not checked.
    const checkedFor = place ? (id: string) => JSON.stringify({ ...place.body, model: id }) : payloadFor;
    let upstreamResponse: UpstreamResponse;
    try {
      upstreamResponse = await this.upstream.forward(path, checkedFor, onlyOn(place?.upstream, model), context);
    } catch (failure) {
      if (DECISION_PATH.test(path) && isMissingApi(failure)) throw new UnsupportedError(NO_SUCH_API, 404);
      if (!api || !this.agentApis.needsTranslation(api, model, failure, text)) throw failure;
      await this.agentApis.translate(api, text, context, response);
      return;
    }
    const { record } = context;
    const ids = place ? this.stored.watch(upstreamResponse.contentType, record.upstream, context) : undefined;
    await forwardResponse(upstreamResponse, response, record, ids);
  }

  /** Streams a body through, so it can be sent once only. @throws ProxyException before the first byte only */
  async forwardStream(request: Request, context: RequestContext, response: Response): Promise<void> {
    context.access.checkUnreadBody();
    const path = request.url.replace(/^\/v1/, '');
    // What is stored for others is there as well.
    if (STATE_PATH.test(path) && this.stored.isChecked(context)) throw new UnsupportedError(NO_SUCH_API, 404);
    const model = this.catalogue.allUpstreams();
    const { method } = request;
    const upstreamResponse = await (
      method === 'GET' || method === 'DELETE'
        ? this.upstream.fetch(method, path, model, context)
        : this.upload(path, request, model, context)
    ).catch((failure: unknown) => {
      throw AGENT_PATH.test(path) && isMissingApi(failure) ? new UnsupportedError(NO_SUCH_API, 404) : failure;
    });
    await forwardResponse(upstreamResponse, response, context.record);
  }

  /**
   * Reads, deletes or cancels a response that an upstream stores.
   * @throws ProxyException before the first byte only; UnsupportedError if no upstream stores it
   */
  async forwardStored(
    method: 'GET' | 'POST' | 'DELETE',
    id: string,
    { request: { url, path }, context, response }: ClientCall,
  ): Promise<void> {
    const missing = `Response with id '${id}' not found.`;
    if (!this.isAllowed(path)) throw new UnsupportedError(missing, 404);
    const isChecked = this.stored.isChecked(context);
    const owner = isChecked ? await this.stored.find(id, context) : undefined;
    const model = onlyOn(owner, this.catalogue.allUpstreams());
    if ((isChecked && owner === undefined) || model.targets.length === 0) throw new UnsupportedError(missing, 404);
    const upstreamResponse = await this.upstream
      .fetch(method, url.replace(/^\/v1/, ''), model, context)
      .catch((failure: unknown) => {
        throw isMissingApi(failure) ? new UnsupportedError(missing, 404) : failure;
      });
    await forwardResponse(upstreamResponse, response, context.record);
  }

  private async upload(
    path: string,
    request: Request,
    model: ResolvedModel,
    context: RequestContext,
  ): Promise<UpstreamResponse> {
    let stream: Readable | undefined;
    try {
      stream = await beginUpload(request, { maxBytes: this.maxUploadBytes, signal: context.signal });
      const payload = { stream, headers: forwardedBodyHeaders(request.headers) };
      return await this.upstream.forwardOnce(path, payload, model, context);
    } catch (failure) {
      stream?.destroy();
      discardBody(request);
      throw failure;
    }
  }
}

function isOfResponses(api: AgentApi): boolean {
  return api === 'responses' || api === 'compaction' || api === 'input-tokens';
}

/** The targets of the upstream with this name. */
function onlyOn(upstream: string | undefined, model: ResolvedModel): ResolvedModel {
  if (upstream === undefined) return model;
  return { ...model, targets: model.targets.filter(({ connection }) => connection.name === upstream) };
}

/** As the upstream lists it; a name from the mapping file replaces the id. */
function describe(entry: ModelEntry): object {
  return { object: 'model', created: 0, owned_by: 'library', ...entry.raw, id: idOf(entry) };
}

function idOf({ id, name }: ModelEntry): string {
  return name === displayName(id) ? id : name;
}
