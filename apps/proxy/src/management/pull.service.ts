import { Injectable } from '@nestjs/common';
import { CatalogueService } from '#models';
import { BadRequestError, ProxyException } from '#errors';
import { isValidName } from '#translation';
import type { ModelAccess } from '../auth/model-access.js';

/** The CLI looks for these words (contract §4.2). */
const NO_SUCH_MODEL = 'pull model manifest: file does not exist';

/** What a pull of a model that is there already tells. */
const STEPS = ['pulling manifest', 'verifying sha256 digest', 'writing manifest', 'success'];

export type PullStep = { status: string } | { error: string };

/** "Pulling": nothing is fetched; the model is served or it is not. */
@Injectable()
export class PullService {
  constructor(private readonly catalogue: CatalogueService) {}

  /** The lines of a streamed pull; a failure is one of them (contract §1.8). @throws BadRequestError for a bad name */
  async steps(name: string, access: ModelAccess): Promise<PullStep[]> {
    if (await this.isServed(name, access)) return STEPS.map((status) => ({ status }));
    return [{ status: 'pulling manifest' }, { error: NO_SUCH_MODEL }];
  }

  /** The one object of a pull that is not streamed. @throws ProxyException with status 500 for an unknown model */
  async pullWhole(name: string, access: ModelAccess): Promise<PullStep> {
    if (await this.isServed(name, access)) return { status: 'success' };
    throw new ProxyException(NO_SUCH_MODEL, 500);
  }

  private async isServed(name: string, access: ModelAccess): Promise<boolean> {
    const { entry } = await this.catalogue.resolve(name);
    if (!entry && !isValidName(name)) throw new BadRequestError('invalid model name');
    if (!entry) await this.catalogue.list();
    return entry !== undefined && access.allows(name);
  }
}
