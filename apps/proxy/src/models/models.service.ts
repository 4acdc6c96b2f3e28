import { Injectable } from '@nestjs/common';
import type { Target } from '#models';
import { ModelCatalogue, RunningModels, toListedModel, toShowResponse } from '#models';
import type { OllamaRunningModel, OllamaShowRequest, OllamaShowResponse } from '#contracts';
import { BadRequestError } from '#errors';
import { UpstreamProfiles } from '#upstream';
import { displayName } from '#translation';
import type { ModelAccess } from '../auth/model-access.js';
import type { RequestContext } from '../edge/request-context.js';
import { ModelLookup } from '../lookup/model-lookup.js';
import { ModelListCache } from '../reply/model-list-cache.js';

/** Copilot shows `general.basename` as the model's name, so only Copilot gets that field (protocol C6). */
const COPILOT_USER_AGENT = 'GitHubCopilotChat/';

@Injectable()
export class ModelsService {
  private readonly lists = new ModelListCache((entries) => ({ models: entries.map(toListedModel) }));

  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly lookup: ModelLookup,
    private readonly runningModels: RunningModels,
    private readonly profiles: UpstreamProfiles,
  ) {}

  /** JSON, cached: clients read the list before each chat. @throws ProxyException when no list could be read yet */
  async list({ access }: RequestContext): Promise<Uint8Array> {
    return this.lists.json(await this.catalogue.list(), access);
  }

  running(access: ModelAccess): OllamaRunningModel[] {
    return this.runningModels.list((entry) => access.allowsEntry(entry));
  }

  /** Makes no upstream call: clients show every model of the list in turn, hundreds of them (protocol C5). */
  async show(request: OllamaShowRequest, userAgent: string, context: RequestContext): Promise<OllamaShowResponse> {
    const { model } = request;
    if (model === '') throw new BadRequestError('model is required');
    const notFound = `model '${displayName(model)}' not found`;
    const { entry, targets } = await this.lookup.findListed(model, context, notFound);
    const shown = toShowResponse(entry, request, userAgent.startsWith(COPILOT_USER_AGENT) ? model : undefined);
    if (request.verbose) shown.model_info['proxy.upstreams'] = targets.map((target) => this.describe(target));
    return shown;
  }

  /** Where a model is served, and how requests to that upstream are adapted. */
  private describe(target: Target): object {
    return { upstream: target.connection.name, model: target.model, profile: this.profiles.describe(target) };
  }
}
