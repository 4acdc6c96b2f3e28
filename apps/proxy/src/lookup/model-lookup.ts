import { Injectable } from '@nestjs/common';
import type { ModelEntry, ResolvedModel } from '#models';
import { ModelCatalogue, RunningModels } from '#models';
import { BadRequestError, ModelNotFoundError, UpstreamError } from '#errors';
import { isValidName } from '#translation';
import type { RequestContext } from '../edge/request-context.js';

/** A model that some list has. */
export interface ListedModel extends ResolvedModel {
  readonly entry: ModelEntry;
}

/** The model that a request names: the checks of every route, in Ollama's order, so that each gives the same answer. */
@Injectable()
export class ModelLookup {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly running: RunningModels,
  ) {}

  /**
   * Whether or not a list has the model: an upstream may serve what it does not list.
   * @param notFound the route's text for a model that does not exist
   * @throws ModelNotFoundError for a model that the API key may not use
   */
  async resolve(name: string, { access, signal }: RequestContext, notFound: string): Promise<ResolvedModel> {
    access.check(name, notFound);
    const model = this.catalogue.resolveAtOnce(name) ?? (await this.catalogue.resolve(name));
    signal.throwIfAborted();
    access.checkResolved(name, model, notFound);
    return model;
  }

  /** As `resolve`. Listed ids are valid whatever their form; others need Ollama's syntax. @throws BadRequestError */
  async find(name: string, context: RequestContext, notFound: string): Promise<ResolvedModel> {
    const model = await this.resolve(name, context, notFound);
    if (isListed(model)) return model;
    if (!isValidName(name)) throw new BadRequestError('invalid model name');
    if (model.rule || !model.targets.some((target) => this.catalogue.isDecidedByList(target))) return model;
    // The model may be a new one.
    await this.catalogue.reread();
    const reread = await this.resolve(name, context, notFound);
    if (isListed(reread)) return reread;
    const targets = reread.targets.filter((target) => !this.catalogue.isDecidedByList(target));
    if (targets.length > 0) return { ...reread, targets };
    const { virtual } = reread;
    throw new ModelNotFoundError(virtual ? `${notFound}: no upstream has ${virtual.base}, which runs it` : notFound);
  }

  /** @throws ModelNotFoundError for a model that no list has; ProxyException when no list could be read yet */
  async findListed(name: string, context: RequestContext, notFound: string): Promise<ListedModel> {
    const model = await this.find(name, context, notFound);
    const { entry } = model;
    if (entry) return { ...model, entry };
    await this.catalogue.list();
    throw new ModelNotFoundError(notFound);
  }

  /** Lists the model among the running ones for `keepAlive` seconds; undefined takes Ollama's default. */
  touch({ entry }: ResolvedModel, keepAlive: number | undefined): void {
    if (entry) this.running.touch(entry, keepAlive);
  }

  /** A request without input only loads its model, so no upstream can refuse it. @throws ModelNotFoundError */
  checkLoad({ entry }: ResolvedModel, notFound: string): void {
    if (!entry && this.catalogue.hasAllLists) throw new ModelNotFoundError(notFound);
  }
}

/** Whether an upstream lists the model, or the one that runs a virtual model. */
function isListed({ entry, virtual, targets }: ResolvedModel): boolean {
  return virtual ? targets.some((target) => target.entry !== undefined) : entry !== undefined;
}

/**
 * Words an upstream's "no such model" as the route does. If the upstream lists the model, its own error is kept: it has the reason.
 * @throws ProxyException
 */
export async function rewordModelNotFound<T>(call: Promise<T>, { entry }: ResolvedModel, notFound: string): Promise<T> {
  try {
    return await call;
  } catch (failure) {
    if (failure instanceof UpstreamError && failure.isModelNotFound && !entry) throw new ModelNotFoundError(notFound);
    throw failure;
  }
}
