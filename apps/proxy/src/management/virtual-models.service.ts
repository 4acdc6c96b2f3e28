import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OllamaCopyRequest, OllamaCreateRequest } from '#contracts';
import { BadRequestError, ModelNotFoundError, ProxyException } from '#errors';
import { ModelStore } from '#model-store';
import { ModelCatalogue, RunningModels, templateOf } from '#models';
import { isValidName } from '#translation';
import type { CreateOrder, Making, Origin } from '#virtual-models';
import { copyVirtualModel, creationSteps, makeVirtualModel, readCreateOrder } from '#virtual-models';
import type { RequestContext } from '../edge/request-context.js';
import { ModelLookup } from '../lookup/model-lookup.js';
import { timestamp } from '../reply/timestamp.js';

/** Makes, copies and deletes virtual models (protocol W45). */
@Injectable()
export class VirtualModelsService {
  constructor(
    private readonly store: ModelStore,
    private readonly catalogue: ModelCatalogue,
    private readonly lookup: ModelLookup,
    private readonly running: RunningModels,
  ) {}

  /** @returns the steps, as Ollama names them. @throws ProxyException */
  async create(request: OllamaCreateRequest, context: RequestContext): Promise<string[]> {
    const order = readCreateOrder(request);
    if (!this.store.isOn)
      throw unsupported(
        'creating a model',
        'add it to an upstream, or give a model another name with MODEL_MAPPING_FILE',
      );
    const origin = await this.originOf(order, context);
    await this.checkFree(order.model, context);
    const model = makeVirtualModel(order, origin, making());
    const isNew = this.store.find(model.name)?.digest !== model.digest;
    await this.store.put(model);
    return creationSteps(model, isNew, sha256);
  }

  /** @throws ProxyException */
  async copy({ source, destination }: OllamaCopyRequest, context: RequestContext): Promise<void> {
    if (!isValidName(source)) throw new BadRequestError(`source ${JSON.stringify(source)} is invalid`);
    if (!isValidName(destination)) throw new BadRequestError(`destination ${JSON.stringify(destination)} is invalid`);
    const origin = await this.find(source, context, `model ${JSON.stringify(source)} not found`);
    if (!this.store.isOn) throw unsupported('copying a model', 'give it another name with MODEL_MAPPING_FILE');
    await this.checkFree(destination, context);
    await this.store.put(copyVirtualModel(origin, destination, making()));
  }

  /** @throws ProxyException */
  async remove(name: string, context: RequestContext): Promise<void> {
    if (name === '') throw new BadRequestError('model is required');
    const notFound = `model '${name}' not found`;
    const { entry, virtual } = await this.lookup.resolve(name, context, notFound);
    const owner = this.catalogue.ownerOf(name);
    if (owner === undefined && !isValidName(name)) throw new BadRequestError(`name ${JSON.stringify(name)} is invalid`);
    if (owner === 'mapping file') throw setInMappingFile(name);
    if (owner === 'upstream') {
      if (!this.store.isOn) throw unsupported('deleting a model', 'remove it from its upstream');
      throw new ProxyException(`model '${name}' belongs to an upstream: it can be deleted only there`, 403);
    }
    if (!virtual || !(await this.store.remove(name))) throw new ModelNotFoundError(notFound);
    if (entry) this.running.touch(entry, 0);
  }

  /** @throws ProxyException for a name that the mapping file or an upstream has, or that the API key may not use */
  private async checkFree(name: string, { access }: RequestContext): Promise<void> {
    const notFound = `model '${name}' not found`;
    access.check(name, notFound);
    await this.catalogue.list();
    // Replacing a model needs access to it, like deleting it.
    const replaced = this.store.find(name);
    if (replaced) access.check(replaced.base, notFound);
    const owner = this.catalogue.ownerOf(name);
    if (owner === 'mapping file') throw setInMappingFile(name);
    if (owner === 'upstream')
      throw new ProxyException(
        `model '${name}' belongs to an upstream and cannot be replaced: choose another name`,
        403,
      );
  }

  private originOf({ from }: CreateOrder, context: RequestContext): Promise<Origin> {
    return this.find(from, context, `model '${from}' not found: FROM has to name a model that this server serves`);
  }

  private async find(name: string, context: RequestContext, notFound: string): Promise<Origin> {
    const { entry, virtual } = await this.lookup.findListed(name, context, notFound);
    return { ...virtual, base: virtual?.base ?? entry.name, name: entry.name, shownTemplate: templateOf(entry) };
  }
}

/** @param instead what to do in its place */
export function unsupported(what: string, instead: string): ProxyException {
  return new ProxyException(
    `${what} is not supported by this server: its models belong to remote upstreams; ${instead}`,
    501,
  );
}

function setInMappingFile(name: string): ProxyException {
  return new ProxyException(`model '${name}' is set in the mapping file: it can be changed only there`, 403);
}

function making(): Making {
  return { now: timestamp(), sha256 };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
