import { Injectable } from '@nestjs/common';
import type { Target } from '#models';
import { CatalogueService, RunningModels, toListedModel, toShowResponse } from '#models';
import type { OllamaRunningModel, OllamaShowRequest, OllamaShowResponse } from '#contracts';
import { BadRequestError, ModelNotFoundError } from '#errors';
import { BackendProfiles } from '#upstream';
import { displayName, isValidName } from '#translation';
import { ModelListCache } from '../reply/model-list-cache.js';
import type { ModelAccess } from '../auth/model-access.js';

/** Copilot shows `general.basename` as the model's name; only it is given one (contract §1.7). */
const COPILOT = 'GitHubCopilotChat/';

@Injectable()
export class ModelsService {
  private readonly lists = new ModelListCache((entries) => ({ models: entries.map(toListedModel) }));

  constructor(
    private readonly catalogue: CatalogueService,
    private readonly runningModels: RunningModels,
    private readonly manners: BackendProfiles,
  ) {}

  /** The JSON of the answer: clients ask for it before each chat. */
  async list(access: ModelAccess): Promise<Uint8Array> {
    return this.lists.json(await this.catalogue.list(), access);
  }

  running(access: ModelAccess): OllamaRunningModel[] {
    return this.runningModels.list().filter(({ name }) => access.allows(name));
  }

  /** From the list alone: clients ask for each model in turn, hundreds of them (clients §5.1). */
  async show(request: OllamaShowRequest, userAgent: string, access: ModelAccess): Promise<OllamaShowResponse> {
    if (request.model === '') throw new BadRequestError('model is required');
    access.check(request.model, notFound(request.model));
    const { entry, targets } = await this.catalogue.resolve(request.model);
    if (entry) {
      const shown = toShowResponse(entry, request, userAgent.startsWith(COPILOT) ? request.model : undefined);
      if (request.verbose) shown.model_info['proxy.upstreams'] = targets.map((target) => this.describe(target));
      return shown;
    }
    if (!isValidName(request.model)) throw new BadRequestError('invalid model name');
    await this.catalogue.list();
    throw new ModelNotFoundError(notFound(request.model));
  }

  /** Where a model is served, and how that backend is asked. */
  private describe(target: Target): object {
    return { upstream: target.connection.name, model: target.model, manner: this.manners.describe(target) };
  }
}

function notFound(name: string): string {
  return `model '${displayName(name)}' not found`;
}
