import { Injectable } from '@nestjs/common';
import { ModelNotFoundError, ProxyException } from '#errors';
import type { RequestContext } from '../edge/request-context.js';
import { ModelLookup } from '../lookup/model-lookup.js';

/** The Ollama CLI looks for these words (protocol C8). */
const NO_SUCH_MODEL = 'pull model manifest: file does not exist';

/** Status lines of a pull whose layers are all present. */
const STEPS = ['pulling manifest', 'verifying sha256 digest', 'writing manifest', 'success'];

export type PullStep = { status: string } | { error: string };

/** Downloads nothing: a pull succeeds if an upstream serves the model. */
@Injectable()
export class PullService {
  constructor(private readonly lookup: ModelLookup) {}

  /** The lines of a streamed pull; a failure is one of them (protocol W26). @throws BadRequestError for an invalid name */
  async steps(name: string, context: RequestContext): Promise<PullStep[]> {
    if (await this.isServed(name, context)) return STEPS.map((status) => ({ status }));
    return [{ status: 'pulling manifest' }, { error: NO_SUCH_MODEL }];
  }

  /** The single object of a pull that is not streamed. @throws ProxyException with status 500 for an unknown model */
  async pullWhole(name: string, context: RequestContext): Promise<PullStep> {
    if (await this.isServed(name, context)) return { status: 'success' };
    throw new ProxyException(NO_SUCH_MODEL, 500);
  }

  private async isServed(name: string, context: RequestContext): Promise<boolean> {
    try {
      await this.lookup.findListed(name, context, `model '${name}' not found`);
      return true;
    } catch (failure) {
      if (failure instanceof ModelNotFoundError) return false;
      throw failure;
    }
  }
}
