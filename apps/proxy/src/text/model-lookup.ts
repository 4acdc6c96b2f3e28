import type { ResolvedModel } from '#models';
import { BadRequestError, ModelNotFoundError, UpstreamError } from '#errors';
import { isValidName } from '#translation';

/** Ids that a list has are valid whatever they look like; others have to keep Ollama's syntax. @throws BadRequestError */
export function checkName(name: string, { entry }: ResolvedModel): void {
  if (!entry && !isValidName(name)) throw new BadRequestError('invalid model name');
}

/**
 * A refusal because of the model, in the words of the route (contract §0). A model that the backend lists and refuses
 * all the same is a matter of the backend's own words.
 */
export function nameMissingModel(failure: unknown, { entry }: ResolvedModel, text: string): unknown {
  return failure instanceof UpstreamError && failure.isModelNotFound && !entry ? new ModelNotFoundError(text) : failure;
}
