import { Injectable } from '@nestjs/common';
import { CatalogueService, RunningModels, toListedModel, toShowResponse } from '#catalogue';
import type { OllamaListedModel, OllamaRunningModel, OllamaShowRequest, OllamaShowResponse } from '#contracts';
import { BadRequestError, ModelNotFoundError } from '#errors';
import { displayName, isValidName } from '#translation';

/** Copilot shows `general.basename` as the model's name; only it is given one (contract §1.7). */
const COPILOT = 'GitHubCopilotChat/';

@Injectable()
export class ModelsService {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly runningModels: RunningModels,
  ) {}

  async list(): Promise<OllamaListedModel[]> {
    return (await this.catalogue.list()).map(toListedModel);
  }

  running(): OllamaRunningModel[] {
    return this.runningModels.list();
  }

  /** From the list alone: clients ask for each model in turn, hundreds of them (clients §5.1). */
  async show(request: OllamaShowRequest, userAgent: string): Promise<OllamaShowResponse> {
    if (request.model === '') throw new BadRequestError('model is required');
    const { entry } = await this.catalogue.resolve(request.model);
    if (entry) return toShowResponse(entry, request, userAgent.startsWith(COPILOT) ? request.model : undefined);
    if (!isValidName(request.model)) throw new BadRequestError('invalid model name');
    await this.catalogue.list();
    throw new ModelNotFoundError(`model '${displayName(request.model)}' not found`);
  }
}
